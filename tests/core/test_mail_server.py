"""Mail over TLS to a real mail server: smtps:// and STARTTLS, the right login and the wrong one, certificates good and bad."""

import email
import email.policy
from pathlib import Path

import pytest

from core import mail
from core.config import Config
from core.http import NameNotFound
from core.http.addresses import IpAddress
from core.mail import MailRefused, send_mail
from core.server_state import current_state
from tests.support.authority import Authority
from tests.support.mail_server import MailServer, injector, mail_server
from tests.support.servers import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SCHEMES = {"smtp": "starttls", "smtps": "tls"}
LOGIN = "me:p%40ss%20word@"


def use(monkeypatch: pytest.MonkeyPatch, url: str, authority: Authority) -> None:
    settings = {"TAKAHE_MAIL_URL": url, "TAKAHE_MAIL_FROM": "Takahē <takahe@here.test>"}
    settings["TAKAHE_RESOLVE"] = "mail.test=127.0.0.1,other.test=127.0.0.1"
    monkeypatch.setattr(mail, "config", lambda: Config(settings))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    current_state().forget(mail._trust)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture(autouse=True)
def _trust_is_read_again():
    yield
    current_state().forget(mail._trust)


async def _send(to: str = "you@there.test") -> None:
    await send_mail(to=to, subject="Réset\nyour password ✓", text="Hello\n.dot\nBye é")


async def _refusal(to: str = "you@there.test") -> MailRefused:
    with pytest.raises(MailRefused) as caught:
        await _send(to)
    return caught.value


def _only(server: MailServer) -> email.message.EmailMessage:
    [kept] = server.mails()
    assert kept.isascii()  # not every server takes 8 bits
    return email.message_from_bytes(kept, policy=email.policy.default)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_mail_goes_out_encrypted_and_signed_in(tmp_path, authority, monkeypatch, scheme):
    certificate = authority.issue("mail.test")
    async with mail_server(tmp_path / "mails", free_port(), certificate, SCHEMES[scheme]) as server:
        use(monkeypatch, f"{scheme}://{LOGIN}mail.test:{server.port}", authority)
        await _send()
        got = _only(server)
        assert (got["To"], got["Subject"]) == ("you@there.test", "Réset your password ✓")
        assert got["From"] == "Takahē <takahe@here.test>"
        assert got.get_content().split() == ["Hello", ".dot", "Bye", "é"]

        # nobody there: for good
        error = await _refusal("nobody@there.test")
        assert error.is_final
        assert "no such person" in error.sentence

        # a wrong password is the operator's to mend: the mail may be tried again, and the password is in no reason
        use(monkeypatch, f"{scheme}://me:wrong@mail.test:{server.port}", authority)
        error = await _refusal()
        assert not error.is_final
        assert "failed: 535" in error.sentence
        assert "wrong" not in error.sentence

        use(monkeypatch, f"{scheme}://mail.test:{server.port}", authority)
        error = await _refusal()
        assert "Authentication required" in error.sentence
        assert not error.is_final
        assert len(server.mails()) == 1


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_certificates_for_other_names_or_of_unknown_authorities_are_refused(
    tmp_path, authority, monkeypatch, scheme
):
    certificate = authority.issue("mail.test")
    stranger = Authority(tmp_path / "stranger")
    async with mail_server(tmp_path / "mails", free_port(), certificate, SCHEMES[scheme]) as server:
        for host, trusted in (("other.test", authority), ("mail.test", stranger)):
            use(monkeypatch, f"{scheme}://{LOGIN}{host}:{server.port}", trusted)
            error = await _refusal()
            assert not error.is_final
            assert host in error.sentence
            assert "certificate verify failed" in error.sentence.lower()
        assert server.mails() == []


class _NoNames:
    async def resolve(self, host: str) -> tuple[IpAddress, ...]:
        raise NameNotFound("There is no such host.", detail=host)


async def test_names_that_lead_nowhere_and_doors_that_are_closed_are_tried_again(authority, monkeypatch):
    for scheme in SCHEMES:
        use(monkeypatch, f"{scheme}://mail.test:{free_port()}", authority)
        assert not (await _refusal()).is_final
    with pytest.raises(MailRefused) as caught:
        await send_mail(to="you@there.test", subject="s", text="t", resolver=_NoNames())
    assert not caught.value.is_final
    assert "There is no such host" in caught.value.sentence


# what a server says to a whole mail, from the greeting after STARTTLS to QUIT
_ANSWERS = b"250-me\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 kept\r\n221 bye\r\n"


@pytest.mark.parametrize("injected", [_ANSWERS, b"250 no more\r\n", b"250-half an answer"])
async def test_answers_put_behind_that_to_starttls_are_not_believed(
    tmp_path, authority, monkeypatch, injected
):
    """They came before the encryption, from anybody on the way. A client that reads them after it takes a mail as sent that nobody has."""
    certificate = authority.issue("mail.test")
    async with (
        mail_server(tmp_path / "mails", free_port(), certificate, "starttls") as server,
        injector(server.port, injected) as port,
    ):
        use(monkeypatch, f"smtp://{LOGIN}mail.test:{port}", authority)
        await _send()
        assert _only(server)["To"] == "you@there.test"
