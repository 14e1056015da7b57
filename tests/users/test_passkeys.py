"""Passkeys, with a device made of software: what it shows on one domain is worth nothing on another, nor twice, nor for somebody else."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from core.errors import BadInput, NotAllowed, NotFound, Problem, Unauthenticated
from tests.support.post_office import PostOffice, text_of
from tests.users.support import make_domain, make_person
from users.audit.models import AuditEntry
from users.domains.models import Domain
from users.factors.models import Passkey
from users.factors.services import authenticator, passkeys
from users.factors.services.webauthn import encode
from users.logins.models import User
from users.logins.services import logins
from users.logins.services.staff import OPERATOR

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PASSWORD = "correct horse battery"
BROWSER = {"address": "127.0.0.1", "user_agent": "Firefox"}
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Device:
    """A device with one key. It says whatever it is told to."""

    def __init__(self, name: bytes = b"credential-1") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.attested = AttestedCredentialData.create(
            b"\0" * 16, name, ES256.from_cryptography_key(self.key.public_key())
        )
        self.handle = b""

    def _client(self, kind: str, options: dict[str, Any], origin: str, **more: Any) -> bytes:
        said = {"type": f"webauthn.{kind}", "challenge": options["challenge"], "origin": origin, **more}
        return json.dumps(said).encode()

    def _data(self, party: str, flags: int, counter: int, *, attested: bytes = b"") -> AuthenticatorData:
        head = hashlib.sha256(party.encode()).digest()
        return AuthenticatorData(head + bytes([flags]) + counter.to_bytes(4, "big") + attested)

    def create(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        party: str = "",
        flags: int = PRESENT | VERIFIED,
        **more: Any,
    ) -> str:
        self.handle = options["user"]["id"]
        data = self._data(party or options["rp"]["id"], flags | ATTESTED, 0, attested=bytes(self.attested))
        made = AttestationObject.create("none", data, {})
        client = self._client("create", options, origin, **more)
        return json.dumps({"client_data": encode(client), "attestation": encode(bytes(made))})

    def show(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        party: str = "",
        flags: int = PRESENT | VERIFIED,
        counter: int = 0,
        kind: str = "get",
        handle: str | None = None,
        **more: Any,
    ) -> str:
        data = self._data(party or options["rpId"], flags, counter)
        client = self._client(kind, options, origin, **more)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": encode(self.attested.credential_id),
                "client_data": encode(client),
                "authenticator_data": encode(bytes(data)),
                "signature": encode(signature),
                "user_handle": self.handle if handle is None else handle,
            }
        )


async def _login(email: str = "ada@example.org") -> User:
    return await logins.create_user(email=email, password=PASSWORD)


async def _add(user: User, domain: Domain, device: Device, origin: str = "", **more: Any) -> Passkey:
    options, token = await passkeys.options_to_make(user, domain)
    return await passkeys.add(
        user=user,
        domain=domain,
        token=token,
        credential=device.create(options, origin or domain.base_url, **more),
        name="My phone",
        password=PASSWORD,
    )


async def _sign_in(domain: Domain, device: Device, origin: str = "", **more: Any) -> User:
    options, token = passkeys.options_to_show(domain)
    shown = device.show(options, origin or domain.base_url, **more)
    session, _ = await passkeys.sign_in(domain=domain, token=token, credential=shown, **BROWSER)
    assert session.is_strong
    return session.user


async def test_a_passkey_signs_in_without_name_and_password(db: None, post: PostOffice) -> None:
    domain, device = await make_domain("example.com"), Device()
    user = await _login()
    await make_person(domain, "ada", user)
    await _add(user, domain, device)
    [mail] = await post.arrived()
    assert "My phone" in text_of(mail)
    assert (await _sign_in(domain, device)).pk == user.pk
    assert (await _sign_in(domain, device)).pk == user.pk, "shared keys count nothing"
    passkey = await Passkey.objects.aget()
    assert passkey.last_used_at
    await passkeys.remove(user=user, passkey_id=passkey.pk)
    _, mail = await post.arrived()
    assert "A passkey was removed from your login: My phone" in text_of(mail)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://social.example.com"},
        {"origin": "http://example.com"},
        {"origin": "https://example.com:444"},
        {"origin": "https://example.com.evil.test"},
        {"crossOrigin": True},
        {"party": "social.example.com"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"challenge": encode(b"x" * 32)},
        {"handle": ""},
        {"handle": encode(b"somebody else")},
        {"kind": "create"},
    ],
)
async def test_forged_answers_are_refused(db: None, wrong: dict[str, Any]) -> None:
    domain, device = await make_domain("example.com"), Device()
    user = await _login()
    if not {"handle", "kind"} & set(wrong):
        with pytest.raises(BadInput):
            await _add(user, domain, device, **wrong)
        assert not await Passkey.objects.aexists()
    await _add(user, domain, device)
    with pytest.raises(BadInput):
        await _sign_in(domain, device, **wrong)
    tried = [one async for one in AuditEntry.objects.filter(act="use_passkey")]
    assert tried
    assert {(one.target_id, one.domain_id, bool(one.refusal)) for one in tried} == {
        (user.pk, domain.pk, True)
    }
    await _sign_in(domain, device)


async def test_each_domain_is_a_party_of_its_own(db: None) -> None:
    """One domain below the other: a page below may name the upper one as its party, and is still another origin."""
    upper, lower, device = await make_domain("example.com"), await make_domain("a.example.com"), Device()
    user = await _login()
    await _add(user, upper, device)
    with pytest.raises(Unauthenticated):
        await _sign_in(lower, device)
    with pytest.raises(BadInput):
        await _sign_in(upper, device, origin=lower.base_url)
    options, token = passkeys.options_to_show(lower)
    shown = device.show({**options, "rpId": "example.com"}, upper.base_url)
    with pytest.raises(BadInput):
        await passkeys.sign_in(domain=upper, token=token, credential=shown, **BROWSER)
    options, token = await passkeys.options_to_make(user, lower)
    with pytest.raises(BadInput):
        await passkeys.add(
            user=user,
            domain=upper,
            token=token,
            credential=Device(b"other").create(options, upper.base_url),
            name="x",
            password=PASSWORD,
        )
    assert [one.domain.name for one in await passkeys.passkeys_of(user)] == ["example.com"]


async def test_an_answer_counts_once(db: None) -> None:
    domain, device = await make_domain("example.com"), Device()
    await _add(await _login(), domain, device)
    options, token = passkeys.options_to_show(domain)
    shown = device.show(options, domain.base_url)
    await passkeys.sign_in(domain=domain, token=token, credential=shown, **BROWSER)
    with pytest.raises(BadInput):
        await passkeys.sign_in(domain=domain, token=token, credential=shown, **BROWSER)


async def test_a_copied_key_is_refused(db: None) -> None:
    domain, device = await make_domain("example.com"), Device()
    await _add(await _login(), domain, device)
    await _sign_in(domain, device, counter=5)
    for counter in (5, 4, 0):
        with pytest.raises(NotAllowed):
            await _sign_in(domain, device, counter=counter)
    await _sign_in(domain, device, counter=6)


@pytest.mark.parametrize(
    "text", ["", "{}", "x", "[1]", '{"id": "\ud800"}', "{" * 30_000, '{"id":"!","client_data":"!"}']
)
async def test_malformed_answers_are_refused(db: None, text: str) -> None:
    domain = await make_domain("example.com")
    _, token = passkeys.options_to_show(domain)
    with pytest.raises(Problem):
        await passkeys.sign_in(domain=domain, token=token, credential=text, **BROWSER)
    user = await _login()
    _, token = await passkeys.options_to_make(user, domain)
    with pytest.raises(BadInput):
        await passkeys.add(
            user=user, domain=domain, token=token, credential=text, name="x", password=PASSWORD
        )


async def test_a_hostile_attestation_is_refused(db: None) -> None:
    domain, user = await make_domain("example.com"), await _login()
    for raw in (b"", b"\xa1", b"\x9f" * 2000, b"\xa1\x68authData\x41x", b"\x81" * 15_000 + b"\0"):
        options, token = await passkeys.options_to_make(user, domain)
        client = Device()._client("create", options, domain.base_url)
        credential = json.dumps({"client_data": encode(client), "attestation": encode(raw)})
        with pytest.raises(BadInput):
            await passkeys.add(
                user=user, domain=domain, token=token, credential=credential, name="x", password=PASSWORD
            )


async def test_passkeys_are_ones_own(db: None) -> None:
    domain, device = await make_domain("example.com"), Device()
    user, other = await _login(), await _login("eve@example.org")
    options, token = await passkeys.options_to_make(user, domain)
    with pytest.raises(NotAllowed):
        await passkeys.add(
            user=user,
            domain=domain,
            token=token,
            credential=device.create(options, domain.base_url),
            name="x",
            password="wrong horse",
        )
    passkey = await _add(user, domain, device)
    with pytest.raises(BadInput):
        await _add(other, domain, device)
    device.handle = encode(passkeys.handle_of(user))
    for act in (passkeys.remove(user=other, passkey_id=passkey.pk), passkeys.rename(user=other, passkey_id=passkey.pk, name="x")):  # fmt: skip
        with pytest.raises(NotFound):
            await act
    await passkeys.rename(user=user, passkey_id=passkey.pk, name="  Key   ring ")
    assert (await Passkey.objects.aget()).name == "Key ring"
    await User.objects.filter(pk=user.pk).aupdate(is_disabled=True)
    with pytest.raises(NotAllowed):
        await _sign_in(domain, device)
    await authenticator.reset(by=OPERATOR, user_id=user.pk)
    assert not (await User.objects.aget(pk=user.pk)).has_passkey
    assert not await Passkey.objects.aexists()
