"""The disk fills: other servers have to wait, the server's own people go on, staff hear of it, and all comes back by itself."""

import os
import secrets
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from tests.support.machine.disks import fill, small_disk
from tests.support.servers import Server, running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def _send(server: Server) -> tuple[int, str]:
    async with server.client() as peer:
        answer = await peer.post("/inbox", json={}, headers={"Content-Type": "application/activity+json"})
    return answer.status_code, answer.headers.get("Retry-After", "")


async def test_a_full_disk_pauses_what_others_send(tmp_path: Path) -> None:
    with small_disk(tmp_path / "media", 64) as disk:
        env = {
            "TAKAHE_MEDIA_DIR": str(disk),
            "TAKAHE_DISK_FULL_PERCENT": "95",
            "TAKAHE_MAIL_URL": f"file:{tmp_path / 'mails'}",
        }
        async with running_server(env=env) as server:
            token = await server.set_up("ana")
            assert await _send(server) == (401, "")
            filler = fill(disk, 65)

            async def is_paused() -> bool:
                return await _send(server) == (503, "600")

            await wait_until(is_paused)
            async with server.client(token) as ana:
                post = await ana.post("/api/v1/statuses", json={"status": "Still here"})
                assert post.status_code == 200, post.text
                metrics = (await ana.get("/metrics")).text
            assert f'takahe_disk_total_bytes{{folder="{disk}"}} 67108864' in metrics

            def mails() -> list[str]:
                found = sorted((tmp_path / "mails").glob("*"))
                return [text for one in found if "problem of the server" in (text := one.read_text())]

            await wait_until(mails)
            filler.unlink()

            async def goes_on() -> bool:
                return await _send(server) == (401, "")

            await wait_until(goes_on)
            assert len(mails()) == 1
            await wait_until(lambda: "server.trouble_ended" in server.log)


async def test_a_full_disk_of_the_database_refuses_until_there_is_space(tmp_path: Path) -> None:
    async with running_server() as server:
        token = await server.set_up("ana")
        admin = await psycopg.AsyncConnection.connect(server.database_url, autocommit=True)
        async with admin, server.client(token) as ana:
            (data,) = await _one(admin, "SHOW data_directory")
            disks = Path(data).parent / f"small-{secrets.token_hex(4)}"  # where Postgres may go
            with small_disk(disks, 4, owner=Path(data).stat().st_uid) as disk:
                space = Identifier(disks.name)
                await admin.execute(SQL("CREATE TABLESPACE {} LOCATION {}").format(space, Literal(str(disk))))
                await admin.execute(SQL("ALTER TABLE activities_post SET TABLESPACE {}").format(space))
                filler = disk / "filler"
                filler.write_bytes(bytes(_free(disk) - 8192))

                async def post() -> httpx.Response:
                    return await ana.post("/api/v1/statuses", json={"status": "A gull. " * 60})

                async def is_refused() -> bool:
                    """Whether three in a row are: the first may only have wanted a page of the map of free space."""
                    answers = [await post() for _ in range(3)]
                    return all(
                        answer.status_code == 503 and "disk of this server is full" in answer.text
                        for answer in answers
                    )

                await wait_until(is_refused)
                before = await _one(admin, "SELECT count(*) FROM activities_post")
                assert (await ana.get("/api/v1/timelines/home")).status_code == 200
                assert (await post()).status_code == 503
                assert await _one(admin, "SELECT count(*) FROM activities_post") == before, "no half posts"
                filler.unlink()
                assert (await post()).status_code == 200
                await admin.execute("ALTER TABLE activities_post SET TABLESPACE pg_default")
                await admin.execute(SQL("DROP TABLESPACE {}").format(space))


async def _one(connection: psycopg.AsyncConnection, query: LiteralString) -> tuple[Any, ...]:
    row = await (await connection.execute(query)).fetchone()
    assert row
    return tuple(row)


def _free(disk: Path) -> int:
    stat = os.statvfs(disk)
    return stat.f_bavail * stat.f_frsize
