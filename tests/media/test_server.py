"""A real server under uploads: one thread, a loop that gives way, and a worker that converts."""

import asyncio
import io
import os
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.media import files
from tests.platform.serving.test_threads import threads
from tests.support.servers import running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

MAX_MS = 20


def decoding_ms(photo: bytes) -> float:
    """Return the CPU time that work takes which the server's loop must not do, on the machine as it is now."""
    start = time.process_time()
    Image.open(io.BytesIO(photo)).load()
    return (time.process_time() - start) * 1000


async def test_uploads_hold_neither_the_loop_nor_a_thread() -> None:
    photo = files.image((4000, 3000), "JPEG", quality=95)
    large = photo + os.urandom(15 * 1024 * 1024 - len(photo))
    program = files.ffmpeg()
    environment = {"TAKAHE_SLOW_CALLBACK_MS": str(MAX_MS), **({"TAKAHE_FFMPEG": program} if program else {})}
    async with running_server(env=environment) as server:
        token = await server.set_up("anna")
        async with server.client(token) as client:
            seen, stop = set(), asyncio.Event()
            # the first request fills Django's caches, which is no upload's doing
            assert (
                await client.post("/api/v2/media", files={"file": ("a", files.image(), "image/x")})
            ).is_success
            before = len(server.log)

            async def watch() -> None:
                while not stop.is_set():
                    seen.add(len(threads(server.web_pid)))
                    seen.add(len(threads(server.worker_pid)))
                    await asyncio.sleep(0.02)

            watching = asyncio.create_task(watch())
            kinds = [
                large,
                photo,
                files.image(),
                files.pixel_bomb(),
                files.gif_of_thousands(),
                files.animation(),
            ] * 2
            async with asyncio.TaskGroup() as group:
                sent = [
                    group.create_task(client.post("/api/v2/media", files={"file": ("a", content, "image/x")}))
                    for content in kinds
                ]
            said = [task.result().status_code for task in sent]
            last = 202 if program else 422
            assert said == [200, 200, 200, 422, 422, last] * 2, [task.result().text for task in sent]
            if program:
                waiting = [f"/api/v1/media/{sent[number].result().json()['id']}" for number in (5, 11)]

                async def are_ready() -> bool:
                    return [(await client.get(path)).status_code for path in waiting] == [200, 200]

                await wait_until(are_ready, 30, "the worker has converted both animations")
            stop.set()
            await watching
            assert seen == {1}
            blocked = [line for line in server.log[before:].splitlines() if "loop.blocked" in line]
            most_ms = max(MAX_MS, decoding_ms(photo) / 2)
            held = [line for line in blocked if int(re.search(r"cpu_ms=(\d+)", line)[1]) > most_ms]
            assert not held
            assert not list(Path(server.folder, "data", "media", ".work").glob("*"))
