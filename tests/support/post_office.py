"""The worker that sends mails, and the folder that receives them (`TAKAHE_MAIL_URL=file:…`)."""

import asyncio
import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

import stator
from core.config import config
from stator.workers.worker import Worker
from tests.support.waiting import wait_until
from users.logins.models import Mail, MailGraph


class PostOffice:
    """A mailbox. Queued mails are sent when a test reads it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config(), "mail_url", f"file:{folder}/mail")
        self.folder = folder / "mail"
        self.folder.mkdir()

    async def arrived(self) -> list[EmailMessage]:
        """Run the worker until no mail is queued; return all mails received so far, in the order they were queued."""
        await stator.install_triggers([Mail])
        stop = asyncio.Event()
        worker = Worker([Mail], with_jobs=False, poll_s=0.2, drain_s=1)
        task = asyncio.create_task(worker.run(stop))
        try:
            await wait_until(self._nothing_waits)
        finally:
            stop.set()
            await task
        return [
            email.message_from_bytes(path.read_bytes(), policy=default)
            for path in sorted(self.folder.glob("*.eml"))
        ]

    async def last_text(self) -> str:
        return text_of((await self.arrived())[-1])

    @staticmethod
    async def _nothing_waits() -> bool:
        return not await Mail.objects.filter(state=MailGraph.waiting).aexists()


def text_of(mail: EmailMessage) -> str:
    """Return the plain text part of a mail that also has HTML."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice(tmp_path, monkeypatch)
