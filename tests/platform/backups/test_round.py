"""A server is saved while people use it, and another machine goes on with it: whole, encrypted, in a folder of several, and after kills."""

import asyncio
import fcntl
import gzip
import json
import os
import signal
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.media import files
from tests.support import postgres
from tests.support.servers import ROOT, Server, running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

PASSPHRASE = {"TAKAHE_BACKUP_PASSPHRASE": "correct horse battery staple"}


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[tuple[Server, str]]:
    """A server with a person, a post, and a picture with its description; the token of that person."""
    async with running_server() as server:
        token = await server.set_up("ana")
        async with server.client(token) as ana:
            picture = await ana.post(
                "/api/v2/media",
                files={"file": ("gull.jpg", files.image((400, 300)))},
                data={"description": "A gull"},
            )
            assert picture.status_code in (200, 202), picture.text

            async def is_ready() -> bool:
                return (await ana.get(f"/api/v1/media/{picture.json()['id']}")).status_code == 200

            await wait_until(is_ready)
            form = {"status": "A gull on the roof", "media_ids": [picture.json()["id"]]}
            assert (await ana.post("/api/v1/statuses", json=form)).status_code == 200
        yield server, token


@pytest.fixture
def empty_database() -> Iterator[str]:
    url = postgres.create_database(template="template0")
    yield url
    postgres.drop_database(urlsplit(url).path.lstrip("/"))


def elsewhere(server: Server, database_url: str, folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of the same server on another machine."""
    return {**server.env, "DATABASE_URL": database_url, "TAKAHE_DATA_DIR": str(folder), **more}


async def takahe(env: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", *arguments,
        cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def done(env: dict[str, str], *arguments: str, code: int = 0) -> str:
    process = await takahe(env, *arguments)
    out, err = await process.communicate()
    assert process.returncode == code, f"{out.decode()}\n{err.decode()}"
    return (err if code else out).decode()


async def rows(url: str, statement: LiteralString) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await (await connection.execute(statement)).fetchall()


@pytest.mark.parametrize("secrets", [{}, PASSPHRASE], ids=["in the clear", "encrypted"])
async def test_another_machine_goes_on(empty_database: str, tmp_path: Path, secrets: dict[str, str]) -> None:
    """Posts are written while it is saved. Restored, the same address serves the same people, posts, pictures and tokens, and goes on."""
    async with running_server() as server:
        token = await server.set_up("ana")
        async with server.client(token) as ana:
            sent = await ana.post("/api/v2/media", files={"file": ("gull.jpg", files.image((400, 300)))})
            media = {"status": "With a picture", "media_ids": [sent.json()["id"]]}

            pictured: list[str] = []

            async def has_posted() -> bool:
                answer = await ana.post("/api/v1/statuses", json=media)
                pictured.extend([answer.json()["id"]] if answer.status_code == 200 else [])
                return bool(pictured)

            await wait_until(has_posted, every_s=0.3)
            saving = await takahe({**server.env, **secrets}, "backup", str(tmp_path / "takahe.zip"))
            number = 0
            while saving.returncode is None:
                number += 1
                assert (
                    await ana.post("/api/v1/statuses", data={"status": f"Number {number}"})
                ).status_code == 200
            out, err = await saving.communicate()
            assert saving.returncode == 0, err.decode()
            assert server.domain in out.decode()
        await server.stop()
        assert (tmp_path / "takahe.zip").stat().st_mode & 0o077 == 0, "it has private keys"
        assert (b"With a picture" in (tmp_path / "takahe.zip").read_bytes()) is False

        server.env = elsewhere(server, empty_database, tmp_path / "data", **secrets)
        good = await done(server.env, "restore", "--check", str(tmp_path / "takahe.zip"))
        assert good.startswith("The backup is good"), good
        assert not (tmp_path / "data").exists()
        await done(server.env, "restore", str(tmp_path / "takahe.zip"))
        server.env.pop("TAKAHE_BACKUP_PASSPHRASE", None)
        await server.start()
        await server.wait_ready()
        async with server.client(token) as ana:
            assert (await ana.get("/api/v1/accounts/verify_credentials")).json()["acct"] == "ana"
            shown = (await ana.get(f"/api/v1/statuses/{pictured[-1]}")).json()
            picture = await ana.get(urlsplit(shown["media_attachments"][0]["url"]).path)
            assert picture.status_code == 200
            assert picture.headers["content-type"].startswith("image/")
            after = await ana.post("/api/v1/statuses", data={"status": "On the new machine"})
            assert after.status_code == 200
            assert int(after.json()["id"]) > int(pictured[-1])
        assert "Traceback" not in server.log, server.log


async def test_a_folder_keeps_several_and_adds_only_new_media(
    town: tuple[Server, str], tmp_path: Path
) -> None:
    server, token = town
    store = tmp_path / "store"
    await done(server.env, "backup", str(store))
    media = {path.name: path.stat().st_ino for path in (store / "media").glob("??/*")}
    assert media
    async with server.client(token) as ana:
        await ana.post("/api/v1/statuses", data={"status": "Since the first backup"})
    await asyncio.sleep(1.1)  # they are named by the second
    told = await done(server.env, "backup", str(store), "--keep", "1,0,0")
    assert "Older backups removed: 1" in told, told
    assert len(list(store.glob("*.zip"))) == 1
    assert {path.name: path.stat().st_ino for path in (store / "media").glob("??/*")} == media, (
        "none was written again"
    )
    assert "The backup is good" in await done(server.env, "restore", "--check", str(store))
    refused = await done({**server.env, **PASSPHRASE}, "backup", str(store), code=1)
    assert "not encrypted" in refused


async def test_what_is_there_is_not_overwritten(town: tuple[Server, str], tmp_path: Path) -> None:
    server, _ = town
    await done(server.env, "backup", str(tmp_path / "one.zip"))
    assert "exists already" in await done(server.env, "backup", str(tmp_path / "one.zip"), code=1)
    assert "has a server already" in await done(server.env, "restore", str(tmp_path / "one.zip"), code=1)
    async with server.client() as visitor:
        assert (await visitor.get("/@ana")).status_code == 200


async def test_a_damaged_backup_is_refused_and_leaves_no_trace(
    town: tuple[Server, str], empty_database: str, tmp_path: Path
) -> None:
    """A byte of the rows, of a picture and of the end of the file; another passphrase; and none."""
    server, _ = town
    whole = tmp_path / "whole.zip"
    await done({**server.env, **PASSPHRASE}, "backup", str(whole))
    content = whole.read_bytes()
    with zipfile.ZipFile(whole) as parts:
        named = {one.filename: one for one in parts.infolist()}
    env = elsewhere(server, empty_database, tmp_path / "data", **PASSPHRASE)
    picture = next(name for name in named if name.startswith("media/"))
    for name in ("rows/users_identity", picture, "manifest.json", "schema.sql"):
        place = named[name].header_offset + named[name].file_size // 2 + 60
        bad = tmp_path / f"bad-{name.partition('/')[0]}.zip"
        bad.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        told = await done({**env, "TAKAHE_DATA_DIR": str(bad.with_suffix(""))}, "restore", str(bad), code=1)
        assert "damaged" in told, told
        assert "Traceback" not in told, told
        made = await rows(empty_database, "SELECT count(*) FROM pg_class WHERE relname = 'users_domain'")
        assert made == [(0,)]
        assert "damaged" in await done(env, "restore", "--check", str(bad), code=1)
    (tmp_path / "half.zip").write_bytes(content[: len(content) // 2])
    assert "can't be read as a backup" in await done(env, "restore", str(tmp_path / "half.zip"), code=1)
    assert "not the passphrase" in await done(
        {**env, "TAKAHE_BACKUP_PASSPHRASE": "another"}, "restore", str(whole), code=1
    )
    del env["TAKAHE_BACKUP_PASSPHRASE"]
    assert "is encrypted" in await done(env, "restore", str(whole), code=1)
    (tmp_path / "words.zip").write_text("no backup")
    assert "can't be read as a backup" in await done(env, "restore", str(tmp_path / "words.zip"), code=1)
    assert "can't be read as a backup" in await done(env, "restore", str(tmp_path / "nowhere.zip"), code=1)


async def test_settings_that_it_needs_are_asked_for(
    town: tuple[Server, str], empty_database: str, tmp_path: Path
) -> None:
    server, _ = town
    told = await done(
        {**server.env, "TAKAHE_KEY_SECRET": "of this server"}, "backup", str(tmp_path / "one.zip")
    )
    assert "Keep these settings, too: TAKAHE_KEY_SECRET" in told
    refused = await done(
        elsewhere(server, empty_database, tmp_path / "data"), "restore", str(tmp_path / "one.zip"), code=1
    )
    assert "TAKAHE_KEY_SECRET" in refused


async def test_kills_in_the_middle_leave_nothing_that_looks_whole(
    town: tuple[Server, str], empty_database: str, tmp_path: Path
) -> None:
    """Of a backup and of its restoration; both succeed when they are run again."""
    server, _ = town
    await rows(
        server.database_url,
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT 'kept' || n, repeat('Kept', 20) || n, now() FROM generate_series(1, 300000) n RETURNING 1""",
    )
    store, env = tmp_path / "store", elsewhere(server, empty_database, tmp_path / "data")
    saving = await takahe(server.env, "backup", str(store))
    part = await wait_until(
        lambda: [one for one in store.glob(".*.part") if one.stat().st_size > 300_000], every_s=0.01
    )
    os.kill(saving.pid, signal.SIGKILL)
    await saving.communicate()
    assert not list(store.glob("*.zip")), part
    await done(server.env, "backup", str(store))
    assert not list(store.glob(".*.part")), "what the killed one left"

    restoring = await takahe(env, "restore", str(store))

    async def is_copying() -> bool:
        found = await rows(
            empty_database, "SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY%hashtag%'"
        )
        return bool(found)

    await wait_until(is_copying, every_s=0.01)
    os.kill(restoring.pid, signal.SIGKILL)
    await restoring.communicate()
    await done(env, "restore", str(store))
    [(count,)] = await rows(empty_database, "SELECT count(*) FROM activities_hashtag WHERE name LIKE 'kept%'")
    assert count == 300_000
    health = json.loads(await done(env, "stats", "--json"))
    assert health


async def test_a_file_that_would_run_its_own_sql_is_refused(
    town: tuple[Server, str], empty_database: str, tmp_path: Path
) -> None:
    """As the database's user, which is a superuser of an embedded one: `COPY … TO PROGRAM` runs anything."""
    server, _ = town
    store, env = tmp_path / "store", elsewhere(server, empty_database, tmp_path / "data")
    await done(server.env, "backup", str(store))
    [whole] = store.glob("*.zip")
    hostile, trace = store / "2999-01-01T000000Z.zip", tmp_path / "trace"
    evil = f"COPY (SELECT 1) TO PROGRAM 'touch {trace}';\n"
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(hostile, "w") as forged:
        for name in parts.namelist():
            content = parts.read(name)
            if name == "schema.sql":
                content = gzip.compress(evil.encode() + gzip.decompress(content))
            forged.writestr(name, content)
    for how in ([], ["--check"]):
        assert "SQL in the file" in await done(env, "restore", *how, str(store), code=1)
        told = await done({**env, **PASSPHRASE}, "restore", *how, str(store), code=1)
        assert "is not encrypted" in told
    assert not trace.exists()
    forged_rows = store / "rows.zip"
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(forged_rows, "w") as forged:
        for name in parts.namelist():
            content = parts.read(name)
            if name == "manifest.json":
                content = gzip.compress(
                    b'{"tables": [], '
                    + gzip.decompress(content).split(b'"tables"', 1)[0][1:]
                    + b'"sequences": {}, "media_files": 0, "media_bytes": 0, "needs": []}'
                )
            forged.writestr(name, content)
    assert "does not have the rows" in await done(env, "restore", "--check", str(forged_rows), code=1)


async def test_a_database_of_something_else_is_not_touched(
    town: tuple[Server, str], empty_database: str, tmp_path: Path
) -> None:
    """It was emptied. The database of a server that was started and never used is taken."""
    server, _ = town
    await done(server.env, "backup", str(tmp_path / "one.zip"))
    env = elsewhere(server, empty_database, tmp_path / "data")
    async with await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as connection:
        await connection.execute("CREATE TABLE customers AS SELECT 7 AS id")
    assert "customers" in await done(env, "restore", str(tmp_path / "one.zip"), code=1)
    assert await rows(empty_database, "SELECT id FROM customers") == [(7,)]
    unused = postgres.create_database()
    assert "Restored" in await done(
        elsewhere(server, unused, tmp_path / "other"), "restore", str(tmp_path / "one.zip")
    )
    postgres.drop_database(urlsplit(unused).path.lstrip("/"))


async def test_a_damaged_picture_is_left_out_and_named(town: tuple[Server, str], tmp_path: Path) -> None:
    """One rotten file stopped all backups. One that is damaged in the folder of backups is written again."""
    server, _ = town
    store = tmp_path / "store"
    await done(server.env, "backup", str(store))
    [kept, *_] = (store / "media").glob("??/*")
    original = kept.read_bytes()
    kept.write_bytes(original[:-5])
    await done(server.env, "backup", str(tmp_path / "store"), "--keep", "7,4,12")
    assert kept.read_bytes() == original
    media = Path(server.env["TAKAHE_DATA_DIR"]) / "media" / kept.name[:2] / kept.name
    media.write_bytes(original + b"x")
    try:
        told = await done(server.env, "backup", str(tmp_path / "one.zip"), code=1)
        assert kept.name in told
        assert "The backup is good" in await done(server.env, "restore", "--check", str(tmp_path / "one.zip"))
    finally:
        media.write_bytes(original)


async def test_of_two_to_one_file_one_is_refused(town: tuple[Server, str], tmp_path: Path) -> None:
    """It reported success for a file that the other had begun anew."""
    server, _ = town
    target = tmp_path / "one.zip"
    with (tmp_path / ".one.zip.part").open("w") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert "Another backup" in await done(server.env, "backup", str(target), code=1)
    assert not target.exists()
    await done(server.env, "backup", str(target))
    assert not (tmp_path / ".one.zip.part").exists()
    assert "no rule" in await done(
        server.env, "backup", str(tmp_path / "example.com"), "--keep", "7,4", code=1
    )
    assert not (tmp_path / "example.com").exists()
    await done(server.env, "backup", str(tmp_path / "example.com"), "--keep", "7,4,12")
    assert (tmp_path / "example.com").is_dir()
