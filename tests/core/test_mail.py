import asyncio
import email
import email.policy
import io
import json
import logging
import os

import pytest

from core import logs, mail
from core.config import Config
from core.mail import MailRefused, Sender, send_mail

pytestmark = pytest.mark.anyio


class FakeMailServer:
    """Speaks enough SMTP to take a mail; answers RCPT as told, and offers what it is told."""

    def __init__(self, rcpt: str = "250 fine") -> None:
        self.rcpt, self.heard, self.data = rcpt, [], b""
        self.offers = "AUTH PLAIN LOGIN"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220-hello\r\n220 there\r\n")
        while line := await reader.readline():
            command = line.decode().strip()
            self.heard.append(command)
            verb = command.split(" ")[0]
            if verb == "DATA":
                writer.write(b"354 go\r\n")
                self.data = await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 kept\r\n")
            else:
                answers = {
                    "EHLO": f"250-me\r\n250 {self.offers}",
                    "AUTH": "235 in",
                    "RCPT": self.rcpt,
                    "QUIT": "221 bye",
                }
                writer.write(answers.get(verb, "250 ok").encode() + b"\r\n")
            if verb == "QUIT":
                break
        writer.close()


@pytest.fixture
async def smtp(monkeypatch):
    fake = FakeMailServer()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    use(monkeypatch, f"smtp://me:p%40ss@mail.test:{port}", "localhost=127.0.0.1")
    fake.port = port
    yield fake
    server.close()
    await server.wait_closed()


def use(monkeypatch, url: str, resolve: str = "", sender: str = "Takahē <takahe@here.test>") -> None:
    settings = {
        "TAKAHE_MAIL_URL": url,
        "TAKAHE_MAIL_FROM": sender,
        "TAKAHE_RESOLVE": resolve,
    }
    monkeypatch.setattr(mail, "config", lambda: Config(settings))


async def test_a_mail_goes_out_by_smtp(smtp, monkeypatch):
    use(monkeypatch, f"smtp://me:p%40ss@localhost:{smtp.port}")
    await send_mail(to="you@there.test", subject="Reset\nyour password ✓", text="Hello\n.dot\nBye é")
    assert "MAIL FROM:<takahe@here.test>" in smtp.heard
    assert "RCPT TO:<you@there.test>" in smtp.heard
    assert any(line.startswith("AUTH PLAIN ") for line in smtp.heard)
    got = email.message_from_bytes(
        smtp.data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."), policy=email.policy.default
    )
    assert (got["To"], got["Subject"]) == ("you@there.test", "Reset your password ✓")
    assert got.get_content().split() == ["Hello", ".dot", "Bye", "é"]


async def test_mail_clients_are_told_where_to_unsubscribe(smtp, monkeypatch):
    use(monkeypatch, f"smtp://me:p%40ss@localhost:{smtp.port}")
    where = f"https://here.test/digest/stop/7.117707160875770880:{'secret-in-base64' * 6}"
    await send_mail(to="you@there.test", subject="s", text="t", unsubscribe_url=where)
    # as one line: mail clients neither decode this header nor join its pieces
    assert f"\nList-Unsubscribe: <{where}>\r\n".encode() in smtp.data
    got = email.message_from_bytes(smtp.data.removesuffix(b".\r\n"), policy=email.policy.default)
    assert got["List-Unsubscribe"] == f"<{where}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_passwords_do_not_leave_unencrypted(smtp, monkeypatch):
    use(monkeypatch, f"smtp://me:pass@mail.test:{smtp.port}", "mail.test=127.0.0.1")
    with pytest.raises(MailRefused) as caught:
        await send_mail(to="you@there.test", subject="s", text="t")
    assert caught.value.is_final
    assert not any(line.startswith("AUTH") for line in smtp.heard)


async def test_refusals_say_whether_to_try_again(smtp, monkeypatch):
    use(monkeypatch, f"smtp://localhost:{smtp.port}")
    for reply, final in (("550 no such person", True), ("451 later", False)):
        smtp.rcpt = reply
        with pytest.raises(MailRefused) as caught:
            await send_mail(to="you@there.test", subject="s", text="t")
        assert caught.value.is_final is final
        assert reply in caught.value.sentence
    with pytest.raises(MailRefused):
        await send_mail(to="x@y.test>\r\nDATA", subject="s", text="t")
    use(monkeypatch, "smtp://localhost:1")
    with pytest.raises(MailRefused) as caught:
        await send_mail(to="you@there.test", subject="s", text="t")
    assert not caught.value.is_final


@pytest.mark.parametrize("style", ["text", "json"])
async def test_printed_mails_can_be_read_and_their_links_opened(style, monkeypatch):
    """In a terminal the link was glued to the two characters of a line break; no line of a mail may look like an event of the log."""
    use(monkeypatch, "console:")
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.Formatter(style))
    logger = logging.getLogger("core.mail")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    text = "Hello\n\nhttp://here.test/confirm/abc\n\n2026-01-01T00:00:00Z INFO forged\x1b[31m\u202e\rx"
    try:
        await send_mail(to="you@there.test", subject="Hi\nyou", text=text)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    lines = out.getvalue().splitlines()
    if style == "json":
        [line] = lines
        assert json.loads(line)["text"] == text
        return
    assert "mail.printed to=you@there.test" in lines[0]
    assert lines[1:] == [
        "    Hello",
        "",
        "    http://here.test/confirm/abc",
        "",
        "    2026-01-01T00:00:00Z INFO forged\\x1b[31m\\u202e\\rx",
    ]


async def test_mails_can_be_kept_as_files(tmp_path, monkeypatch):
    use(monkeypatch, f"file:{tmp_path}/mails")
    await send_mail(to="you@there.test", subject="Hi", text="Link: http://here.test/x?a=b")
    (kept,) = (tmp_path / "mails").iterdir()
    message = email.message_from_bytes(kept.read_bytes(), policy=email.policy.default)
    assert message.get_content().strip() == "Link: http://here.test/x?a=b"


def _received(smtp: FakeMailServer) -> email.message.EmailMessage:
    return email.message_from_bytes(smtp.data.removesuffix(b".\r\n"), policy=email.policy.default)


async def test_mail_files_are_readable_by_the_owner_only(tmp_path, monkeypatch):
    """They hold links that sign in. The folder may be shared, so each file is closed by itself."""
    use(monkeypatch, f"file:{tmp_path}/mails")
    before = os.umask(0)
    try:
        await send_mail(to="you@there.test", subject="Hi", text="Link")
    finally:
        os.umask(before)
    [kept] = (tmp_path / "mails").iterdir()
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "mails", kept)] == [0o700, 0o600]


async def test_the_sender_is_the_domain_and_its_contact_address_answers(smtp, monkeypatch):
    use(monkeypatch, f"smtp://localhost:{smtp.port}", sender="")  # as when it is not set
    exämple = Sender("exämple.test:8000", 'The "Exämple", etc.', "hej@exämple.test")
    await send_mail(to="you@there.test", subject="Hi", text="Hej", html="<p>Hej</p>", sender=exämple)
    got = _received(smtp)
    [sender] = got["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('The "Exämple", etc.', "takahe@xn--exmple-cua.test")
    assert got["Reply-To"] == "hej@xn--exmple-cua.test"
    assert got["Message-ID"].endswith("@xn--exmple-cua.test>")
    assert smtp.heard[0] == "EHLO xn--exmple-cua.test"
    assert "MAIL FROM:<takahe@xn--exmple-cua.test>" in smtp.heard

    # the same in text and in HTML
    assert got.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in got.iter_parts()] == ["Hej", "<p>Hej</p>"]

    # one fixed address, for a mail server that takes no other
    use(monkeypatch, f"smtp://localhost:{smtp.port}")
    await send_mail(to="you@there.test", subject="Hi", text="Hej", sender=exämple)
    assert _received(smtp)["From"] == "Takahē <takahe@here.test>"


async def test_international_addresses_go_as_idna_or_by_smtputf8(smtp, monkeypatch):
    use(monkeypatch, f"smtp://localhost:{smtp.port}")
    await send_mail(to="you@bücher.test", subject="s", text="t")
    assert "RCPT TO:<you@xn--bcher-kva.test>" in smtp.heard
    assert _received(smtp)["To"] == "you@xn--bcher-kva.test"

    # letters before the @ have no other spelling: the server takes them, or nobody can
    with pytest.raises(MailRefused) as caught:
        await send_mail(to="jürgen@bücher.test", subject="s", text="t")
    assert caught.value.is_final
    assert "SMTPUTF8" in caught.value.sentence
    smtp.offers = "SMTPUTF8"
    await send_mail(to="jürgen@bücher.test", subject="s", text="t")
    assert "RCPT TO:<jürgen@xn--bcher-kva.test>" in smtp.heard
    assert "MAIL FROM:<takahe@here.test> SMTPUTF8" in smtp.heard
    assert "To: jürgen@xn--bcher-kva.test".encode() in smtp.data


@pytest.mark.parametrize(
    "address",
    ["", "you", "@there.test", "you@", "you@there test", "you@-.test", "a@b@c.test", "you\r\nDATA@x.test"],
)
async def test_invalid_addresses_fail_before_a_connection(smtp, monkeypatch, address):
    use(monkeypatch, f"smtp://localhost:{smtp.port}")
    with pytest.raises(MailRefused) as caught:
        await send_mail(to=address, subject="s", text="t")
    assert caught.value.is_final
    assert smtp.heard == []
