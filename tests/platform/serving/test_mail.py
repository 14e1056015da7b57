"""The whole way of a password-reset mail: page, web process, worker, and a real mail server behind STARTTLS or TLS."""

import email
import email.policy
import os
import re
import signal
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest

from tests.support.authority import Authority
from tests.support.mail_server import mail_server
from tests.support.post_office import text_of
from tests.support.servers import Server, free_port, running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.servers]

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


async def _fill(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token = _TOKEN.search((await http.get(path)).text)
    assert token
    return await http.post(
        path,
        data={"csrfmiddlewaretoken": token[1], **fields},
        headers={"origin": str(http.base_url).rstrip("/")},
    )


async def _kept(server: Server) -> tuple[str, str, str] | None:
    """(state, reason, text) of the mail that waits."""
    async with await psycopg.AsyncConnection.connect(server.database_url) as connection:
        found = await connection.execute("SELECT state, state_error, text FROM users_mail")
        return await found.fetchone()


async def _tried(server: Server) -> tuple[str, str, str] | None:
    """The same, once there is a reason."""
    found = await _kept(server)
    return found if found and found[1] else None


async def _try_now(server: Server) -> None:
    async with await psycopg.AsyncConnection.connect(server.database_url) as connection:
        await connection.execute("UPDATE users_mail SET state_due_at = now()")


async def test_a_reset_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    """Both processes die at the moment of the answer: the mail is a row that was committed before it."""
    (tmp_path / "mail").mkdir()
    async with running_server(env={"TAKAHE_MAIL_URL": f"file:{tmp_path}/mail"}) as server:
        await server.set_up()
        pids = server.web_pid, server.worker_pid
        os.kill(server.worker_pid, signal.SIGSTOP)  # it can't have sent anything before
        async with server.client() as http:
            answer = await _fill(http, "/password/forgotten", email="admin@example.com")
            assert answer.status_code == 303, answer.text
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        assert not list((tmp_path / "mail").iterdir())
        [path] = await wait_until(lambda: list((tmp_path / "mail").glob("*.eml")), 30)
        assert "/password/reset/" in text_of(
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        )


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_reset_mail_waits_for_the_mail_server_and_sets_a_password(
    tmp_path: Path, scheme: str
) -> None:
    authority = Authority(tmp_path / "authority")
    port = free_port()
    env = {
        "SSL_CERT_FILE": str(authority.file),
        "TAKAHE_RESOLVE": "mail.test=127.0.0.1",
        "TAKAHE_MAIL_URL": f"{scheme}://me:p%40ss%20word@mail.test:{port}",
    }
    async with running_server(env=env) as server:
        await server.set_up()
        async with server.client() as http:
            # nobody listens yet: the answer is the same, the mail is kept with the reason
            answer = await _fill(http, "/password/forgotten", email="admin@example.com")
            assert answer.status_code == 303, answer.text
            state, reason, _ = await wait_until(lambda: _tried(server))
            assert (state, reason.partition(":")[0]) == ("waiting", "The connection to mail.test failed")

            certificate = authority.issue("mail.test")
            mode = {"smtp": "starttls", "smtps": "tls"}[scheme]
            async with mail_server(tmp_path / "mails", port, certificate, mode) as mails:
                await _try_now(server)
                [raw] = await wait_until(mails.mails)
                for pid in (server.web_pid, server.worker_pid):
                    assert psutil.Process(pid).num_threads() == 1
            text = text_of(email.message_from_bytes(raw, policy=email.policy.default))

            async def is_sent() -> bool:
                return await _kept(server) == ("sent", None, "")

            await wait_until(is_sent)
            link = re.search(r"http://\S+/password/reset/\S+", text)
            assert link
            answer = await _fill(
                http, urlsplit(link[0]).path, password="new horse battery", password_again="new horse battery"
            )
            assert answer.status_code == 303, answer.text
            answer = await _fill(http, "/sign-in", email="admin@example.com", password="new horse battery")
            assert answer.status_code == 303
