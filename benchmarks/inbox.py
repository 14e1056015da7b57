"""Signed inbox posts accepted per second (known key), compared with a bare uvicorn app that does one RSA verification and one committed INSERT.

Every post is a different activity, signed beforehand with a 2048-bit key; the database is durable, as in production.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.support.common import ROOT, asgi_server, report
from benchmarks.support.database import migrated_database

BOUND = 0.4
POSTS = 4000
CLIENTS = 16
ROUNDS = 3
HOST = "bench.test"
ACTOR = "https://far.test/users/ana"
KEY_ID = f"{ACTOR}#main-key"


def main() -> bool:
    with migrated_database(TAKAHE_LOG_LEVEL="WARNING") as folder:
        pem = _prepare(os.environ["DATABASE_URL"])
        (folder / "key.pem").write_text(pem)
        best = {"bare": 0.0, "takahe": 0.0}
        for round_number in range(ROUNDS):
            for app in best:
                posts = folder / f"posts-{app}-{round_number}"
                subprocess.run(
                    [sys.executable, "-m", "benchmarks.inbox", "sign", posts, f"{app}{round_number}", folder],
                    check=True,
                    cwd=ROOT,
                )
                where = "takahe.asgi:application" if app == "takahe" else "benchmarks.inbox:bare"
                with asgi_server(where, {"BENCH_PUBLIC_KEY": str(folder / "public.pem")}) as port:
                    best[app] = max(best[app], _hammer(port, posts))
                posts.unlink()
        return report("signed inbox posts accepted", best["takahe"], best["bare"], BOUND)


def _prepare(url: str) -> str:
    """Create a domain, Ana's key, and a plain table for the bare app; return her private key."""
    import psycopg

    from core.crypto.keys import make_rsa_pair

    pair = make_rsa_pair()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare_inbox (id bigserial PRIMARY KEY, actor text, body bytea)")
        connection.execute(
            "INSERT INTO federation_remotekey (key_id, owner, pem) VALUES (%s, %s, %s)",
            (KEY_ID, ACTOR, pair.public_pem),
        )
        columns = {"name": HOST, "title": "", "description": "", "sign_up_mode": "closed", "is_public": True}
        columns |= {"contact_email": "", "accent_color": "", "rules": "[]"}
        connection.execute(
            f"INSERT INTO users_domain ({', '.join(columns)}, created_at) VALUES ({', '.join(['%s'] * len(columns))}, now())",
            list(columns.values()),
        )
    return pair.private_pem


def _sign(path: str, run: str, folder: str) -> None:
    """Write complete HTTP requests, each preceded by its length."""
    from federation.signatures import SigningKey, sign_request

    key = SigningKey(KEY_ID, (Path(folder) / "key.pem").read_text())
    public = _public_pem(key.private_pem)
    (Path(folder) / "public.pem").write_text(public)
    content = "<p>" + "A post of the usual length, as they go around. " * 12 + "</p>"
    with open(path, "wb") as file:
        for number in range(POSTS):
            uri = f"https://far.test/notes/{run}-{number}"
            note = {
                "id": uri,
                "type": "Note",
                "attributedTo": ACTOR,
                "content": content,
                "to": ["https://www.w3.org/ns/activitystreams#Public"],
            }
            create = {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{uri}/activity",
                "type": "Create",
                "actor": ACTOR,
            }
            body = json.dumps(create | {"object": note}).encode()
            headers = sign_request(key, "POST", f"https://{HOST}/inbox", body)
            headers |= {
                "Content-Type": "application/activity+json",
                "Content-Length": str(len(body)),
                "X-Forwarded-Proto": "https",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            request = f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body
            file.write(len(request).to_bytes(4) + request)


def _public_pem(private_pem: str) -> str:
    from cryptography.hazmat.primitives import serialization

    from core.crypto.keys import load_private_key

    public = load_private_key(private_pem).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _hammer(port: int, posts: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.inbox", "send", str(posts), str(port)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    return float(done.stdout)


async def _send(path: str, port: int) -> float:
    """Return the posts per second of keep-alive clients that each send the next request. The first tenth is not counted."""
    data, requests, at = Path(path).read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        requests.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    todo = iter(requests)
    sent = 0
    started = 0.0

    async def client() -> None:
        nonlocal sent, started
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in todo:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head[9:12] == b"202", head
            sent += 1
            if sent == len(requests) // 10:
                started = time.perf_counter()
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return (len(requests) - len(requests) // 10) / (time.perf_counter() - started)


_bare: dict[str, Any] = {}


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The baseline: read the body, verify one signature, insert one row, commit."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if scope["type"] == "lifespan":
        import psycopg_pool
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        await receive()
        pool = psycopg_pool.AsyncConnectionPool(
            os.environ["DATABASE_URL"], min_size=4, max_size=20, open=False
        )
        await pool.open()
        _bare["pool"], _bare["key"] = (
            pool,
            load_pem_public_key(Path(os.environ["BENCH_PUBLIC_KEY"]).read_bytes()),
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    fields = dict(part.split("=", 1) for part in headers["signature"].split(","))
    values = {**headers, "(request-target)": "post /inbox"}
    text = "\n".join(f"{name}: {values[name]}" for name in fields["headers"].strip('"').split())
    _bare["key"].verify(
        base64.b64decode(fields["signature"].strip('"')), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    async with _bare["pool"].connection() as connection:
        await connection.execute(
            "INSERT INTO bare_inbox (actor, body) VALUES (%s, %s)", (fields["keyId"], body)
        )
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["sign", where, run, folder]:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "takahe.settings")
            _sign(where, run, folder)
        case ["send", where, port]:
            import uvloop

            print(uvloop.run(_send(where, int(port))))
        case _:
            sys.exit(0 if main() else 1)
