"""`takahe doctor` on real servers behind a proxy that is right, and wrong in each of the usual ways."""

import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from takahe.doctor import findings
from tests.platform.doctor.proxies import Faults, proxy
from tests.support.authority import Authority
from tests.support.forks import run_module
from tests.support.machine.disks import fill, small_disk
from tests.support.servers import Server, can_bind_443, free_port, loopback_address, running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

DOMAIN = "birds.test"
OUTSIDE = ("dns", "tls", "proxy", "webfinger", "uploads", "websocket")


class Town(NamedTuple):
    server: Server
    address: str
    authority: Authority
    certificate: tuple[Path, Path]

    def behind(self, **faults: Any) -> Any:
        return proxy(self.address, self.server.port, self.certificate, Faults(**faults))


@pytest.fixture(scope="module")
async def town(anyio_backend: object, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A server with the domain birds.test, whose name leads to an address on which a test puts a proxy."""
    if not can_bind_443():
        pytest.skip("only root may listen on port 443 here")
    folder = tmp_path_factory.mktemp("doctor")
    authority, address = Authority(folder / "authority"), loopback_address()
    env = {
        "TAKAHE_RESOLVE": f"{DOMAIN}={address}",
        "SSL_CERT_FILE": str(authority.file),
        "TAKAHE_MAIL_URL": f"file:{folder}",
    }
    async with running_server(DOMAIN, env=env) as server:
        await server.set_up()
        yield Town(server, address, authority, authority.issue(DOMAIN))


async def examined(server: Server, *, code: int | None = None, **env: str) -> dict[str, dict[str, str]]:
    """The findings by check, the worst of each."""
    done = await run_module("takahe", "doctor", "--json", env={**server.env, **env})
    assert done.code in ({0, 1, 2} if code is None else {code}), f"{done.code}: {done.out}{done.err}"
    worst: dict[str, dict[str, str]] = {}
    order = ("ok", "untried", "warning", "broken")
    for one in sorted(json.loads(done.out), key=lambda one: order.index(one["level"])):
        worst[one["check"]] = one
    return worst


def levels(found: dict[str, dict[str, str]], *names: str) -> dict[str, str]:
    return {name: found[name]["level"] for name in names}


def test_the_exit_code_is_that_of_the_worst() -> None:
    fine, unknown = findings.ok("dns", "fine"), findings.untried("dns", "no network")
    bad, worse = findings.warning("disk", "little", "free some"), findings.broken("disk", "full", "free some")
    assert findings.exit_code([fine, unknown]) == 0
    assert findings.exit_code([fine, bad, unknown]) == 1
    assert findings.exit_code([worse, fine, bad]) == 2


async def test_a_good_server_is_well(town: Town) -> None:
    async with town.behind():
        found = await examined(town.server)
        assert levels(found, *OUTSIDE) == dict.fromkeys(OUTSIDE, "ok"), found
        inside = ("migrations", "clock", "mail", "worker", "queue")
        assert levels(found, *inside) == dict.fromkeys(inside, "ok"), found
        assert found["backup"]["level"] == "warning"
        assert "fsync" in found["database"]["cure"] or "autovacuum" in found["database"]["cure"], (
            "the tests' own one"
        )
        assert "TAKAHE_BACKUP_DIR" in found["backup"]["cure"]
        told = await town.server.run("takahe", "doctor", "--domain", DOMAIN, code=2)
        assert "OK       websocket birds.test:" in told


@pytest.mark.parametrize(
    ("faults", "check", "words"),
    [
        ({"host": "localhost:8000"}, "proxy", "proxy_set_header Host"),
        ({"has_scheme": False}, "proxy", "X-Forwarded-Proto"),
        ({"most_bytes": 1_000_000}, "uploads", "client_max_body_size 100m"),
        ({"most_bytes": 1_000_000, "counts_first": False}, "uploads", "client_max_body_size 100m"),
        ({"upgrades": False}, "websocket", "Upgrade and Connection"),
    ],
    ids=["wrong host", "no scheme", "small bodies", "small bodies late", "no upgrade"],
)
async def test_a_fault_of_the_proxy_is_found_with_its_cure(
    town: Town, faults: dict[str, Any], check: str, words: str
) -> None:
    async with town.behind(**faults):
        found = await examined(town.server, code=2)
    assert words in found[check]["cure"], found
    others = [name for name in OUTSIDE if name != check and not (name == "webfinger" and "host" in faults)]
    assert levels(found, *others) == dict.fromkeys(others, "ok"), found


async def test_redirects_are_not_followed_to_others(town: Town) -> None:
    """A name of ours that leads elsewhere must not make this server send requests there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.setblocking(False)
        async with town.behind(elsewhere=f"http://127.0.0.1:{other.getsockname()[1]}/secret"):
            found = await examined(town.server, code=2)
        assert "redirect to http://127.0.0.1" in found["proxy"]["sentence"]
        assert found["webfinger"]["level"] == "broken"
        with pytest.raises(BlockingIOError):
            other.accept()


async def test_nobody_at_the_door_and_a_wrong_certificate(town: Town) -> None:
    found = await examined(town.server, code=2)
    assert "Nothing answers" in found["tls"]["sentence"]
    assert "reverse proxy" in found["proxy"]["cure"]
    async with proxy(town.address, town.server.port, town.authority.issue("other.test"), Faults()):
        found = await examined(town.server, code=2)
        assert "contains this name" in found["tls"]["cure"], found
    async with town.behind():
        found = await examined(town.server, code=2, SSL_CERT_FILE="")
        assert "whole chain" in found["tls"]["cure"], found


async def test_without_a_network_it_says_so(town: Town) -> None:
    """No server for names is there, and the rest is looked at nevertheless."""
    found = await examined(town.server, TAKAHE_RESOLVE="")
    assert found["worker"]["level"] == "ok"
    assert {found[name]["level"] for name in OUTSIDE} <= {"untried", "broken"}
    assert all(found[name]["sentence"] for name in OUTSIDE)


async def test_the_metadata_of_a_cloud_is_not_reachable_through_a_name(town: Town) -> None:
    found = await examined(town.server, TAKAHE_RESOLVE=f"{DOMAIN}=169.254.169.254")
    assert all(
        "can't be reached" in found[name]["sentence"] for name in ("tls", "proxy", "uploads", "websocket")
    ), found


async def test_strangers_learn_and_send_nothing(town: Town) -> None:
    async with town.server.client() as stranger:
        for token in ("x", "a:b:c"):
            path = f"/.well-known/takahe-doctor/{token}"
            assert (await stranger.get(path)).status_code == 404
            assert (await stranger.post(path, content=b"x" * 100_000)).status_code in {404, 413}


async def test_the_machine_is_looked_at(town: Town, tmp_path: Path) -> None:
    """A dead mail server, a lost worker, pending migrations, an old backup."""
    server = town.server
    found = await examined(server, code=2, TAKAHE_MAIL_URL=f"smtp://127.0.0.1:{free_port()}")
    assert found["mail"]["level"] == "broken"
    assert "console" not in found["mail"]["sentence"]
    assert (await examined(server, TAKAHE_MAIL_URL="console:"))["mail"]["level"] == "warning"
    async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
        await connection.execute(
            "INSERT INTO core_backuprun (started_at, ended_at, state) VALUES (now() - interval '3 days', now(), 'done')"
        )
        await connection.execute("DELETE FROM django_migrations WHERE app = 'core' AND name LIKE '0003%'")
        found = await examined(server, code=2, TAKAHE_BACKUP_DIR=str(tmp_path))
        assert found["backup"]["sentence"] == "The last complete one is 72 hours old."
        assert "core.0003" in found["migrations"]["sentence"]
        await connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0003_count_uses', now())"
        )
        await connection.execute("DELETE FROM core_backuprun")
        pid = server.worker_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            await connection.execute("UPDATE stator_heartbeat SET last_seen_at = now() - interval '1 hour'")
            found = await examined(server, code=2)
            assert "last seen" in found["worker"]["sentence"]
        finally:
            os.kill(pid, signal.SIGCONT)
        await wait_until(lambda: worker_is_well(server))


async def worker_is_well(server: Server) -> bool:
    """Tell whether the worker was seen again, for the tests that share the server come in any order."""
    return (await examined(server))["worker"]["level"] == "ok"


async def test_a_trial_on_localhost_is_well() -> None:
    async with running_server() as server:
        await server.set_up()
        found = await examined(server)
    assert levels(found, *OUTSIDE) == dict.fromkeys(OUTSIDE, "ok"), found


async def test_a_full_disk_is_found(town: Town, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1) as disk:
        assert "backups:" not in str(await examined(town.server, TAKAHE_MEDIA_DIR=str(disk), code=2))
        fill(disk, 1)
        found = await examined(town.server, TAKAHE_BACKUP_DIR=str(disk), code=2)
    assert found["disk"]["level"] == "broken"
    assert found["disk"]["about"] == f"backups: {disk}"
    assert "larger disk" in found["disk"]["cure"]


async def test_a_database_that_is_away_is_a_finding(town: Town, tmp_path: Path) -> None:
    done = await run_module(
        "takahe",
        "doctor",
        env={**town.server.env, "DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}"},
    )
    assert done.code == 2, done.err
    assert "BROKEN" in done.out
    assert "Traceback" not in done.out + done.err


async def test_a_command_in_the_wrong_place_is_told_where_the_server_is(tmp_path: Path) -> None:
    """Of a server that was started as an operator would."""
    async with running_server(is_forked=False) as server:
        assert server.process
        env = {
            name: text for name, text in server.env.items() if name not in {"DATABASE_URL", "TAKAHE_DATA_DIR"}
        }
        done = await run_module("takahe", "user", "list", env={**env, "TAKAHE_DATA_DIR": str(tmp_path)})
        assert done.code == 3
        assert (
            f"process {server.process.pid}: use its DATABASE_URL and --data-dir {server.env['TAKAHE_DATA_DIR']}."
            in done.err
        )
        assert done.err.count(f"--data-dir {server.env['TAKAHE_DATA_DIR']}.") == 1, (
            "its web process is the same server"
        )


@asynccontextmanager
async def signed_in(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """The admin, whose requests reach the server as the proxy sends them."""
    headers = {"Host": DOMAIN, "X-Forwarded-Proto": "https", "Origin": f"https://{DOMAIN}"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{town.server.port}", headers=headers, timeout=30
    ) as browser:
        form = await browser.get("/sign-in")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
        assert token
        browser.headers["Cookie"] = _cookies(form)
        fields = {"email": "admin@example.com", "password": "correct horse battery"}
        answer = await browser.post("/sign-in", data={"csrfmiddlewaretoken": token[1], **fields})
        assert answer.status_code == 303, answer.text[:500]
        browser.headers["Cookie"] = f"{_cookies(form)}; {_cookies(answer)}"
        browser.cookies.clear()
        yield browser


def _cookies(answer: httpx.Response) -> str:
    return "; ".join(header.partition(";")[0] for header in answer.headers.get_list("set-cookie"))


async def test_the_page_shows_what_the_command_does(town: Town) -> None:
    async with town.behind(upgrades=False), signed_in(town) as browser:
        page = (await browser.get("/admin/doctor")).text
    assert "WebSocket is answered with status" in page
    assert "<h2>" in page
    assert "Broken" in page
    assert "Host and scheme of requests arrive as they are sent." in page
