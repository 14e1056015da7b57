"""Signing in with a code after the password, on pages and on the way to an app; setting it up, and its end."""

import re

import pytest

from core.db import sql
from tests.pages.conftest import Site, Visitor
from tests.users.test_second_factor import now_code
from tests.users.test_second_factor import standing_clock as standing_clock
from users.audit.models import Act, AuditEntry
from users.logins.models import Session, User
from users.logins.services import logins

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PASSWORD = "correct horse battery"
_HOME = "/settings/security/authenticator"


def _field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found, name
    return found[1]


async def _set_up(visitor: Visitor) -> tuple[str, list[str]]:
    """Turn an app on as a person does; its secret and the recovery codes."""
    await logins.set_password(
        user=visitor.user, password=PASSWORD, keep=await Session.objects.aget(user=visitor.user)
    )
    answer = await visitor.get(_HOME)
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.text
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", shown)
    assert secret
    assert 'src="data:image/svg+xml' in shown
    form = {"token": _field(shown, "token"), "password": PASSWORD, "code": now_code(secret[1], -1)}
    refused = await visitor.post(_HOME, {**form, "code": "12"})
    assert refused.status_code == 422
    assert secret[1] in refused.text, "the app may hold it already"
    answer = await visitor.post(_HOME, form)
    codes = re.findall(r"<li><code>([\w-]+)</code></li>", answer.text)
    assert len(codes) == 10
    assert (await visitor.post(_HOME, form)).text.count(codes[0]) == 1, "a second press shows them again"
    return secret[1], codes


async def test_the_code_leads_to_where_one_was_going(site: Site) -> None:
    secret, codes = await _set_up(site.member)
    way = "/oauth/authorize?client_id=x&scope=read"
    form = {
        "email": site.member.user.email,
        "password": PASSWORD,
        "next": way,
        "kept_path": "/compose",
        "kept:text": "Hello",
    }
    for typed in ({"code": now_code(secret)}, {"recovery_code": codes[3]}):
        asked = await site.nobody.post("/sign-in", form)
        assert asked.status_code == 200
        assert "set-cookie" not in asked.headers or "session" not in asked.headers["set-cookie"]
        assert asked.headers["cross-origin-opener-policy"] == "unsafe-none"
        step = {"proof": _field(asked.text, "proof"), "next": way}
        wrong = await site.nobody.post("/sign-in/code", {**step, "code": "000000"})
        assert wrong.status_code == 401
        assert _field(wrong.text, "proof") == step["proof"]
        assert _field(wrong.text, "next") == way.replace("&", "&amp;")
        done = await site.nobody.post("/sign-in/code", {**step, **typed})
        assert (done.status_code, done.headers["location"]) == (303, way)
        assert "HttpOnly" in done.headers["set-cookie"]
        kept = await site.nobody.post("/sign-in/code", {**step, **typed})
        assert kept.status_code == 401, "used"
        site.nobody.http.cookies.clear()
        site.nobody._token = ""
    asked = await site.nobody.post("/sign-in", form)
    assert _field(asked.text, "kept:text") == "Hello"


async def test_an_old_proof_asks_for_the_password_again(site: Site) -> None:
    answer = await site.nobody.post("/sign-in/code", {"proof": "x", "code": "123456", "next": "/home"})
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/sign-in?next=/home", "/sign-in?next=%2Fhome"}
    assert (await site.nobody.post("/sign-in/code", {"proof": "x"})).status_code == 422


async def test_it_is_turned_off_with_the_password(site: Site) -> None:
    await _set_up(site.member)
    page = (await site.member.get(_HOME)).text
    token = _field(page, "token")
    for path in (f"{_HOME}/off", "/settings/security/recovery-codes"):
        wrong = await site.member.post(path, {"password": "wrong horse", "token": token})
        assert wrong.status_code == 422
    fresh = await site.member.post(
        "/settings/security/recovery-codes", {"password": PASSWORD, "token": token}
    )
    assert fresh.text.count("<li><code>") == 10
    assert (await site.member.post(f"{_HOME}/off", {"password": PASSWORD})).status_code == 303
    assert not (await User.objects.aget(pk=site.member.user.pk)).has_totp
    assert "QR" in (await site.member.get(_HOME)).text


async def test_staff_reset_it_from_the_page_of_a_person(site: Site) -> None:
    await _set_up(site.member)
    path = f"/admin/logins/{site.member.user.pk}/reset-factor"
    person = f"/admin/people/{site.member.me.pk}"
    assert path in (await site.admin.get(person)).text
    assert path not in (await site.moderator.get(person)).text
    assert (await site.moderator.post(path)).status_code == 404
    assert (await site.admin.post(path)).status_code == 303
    assert path not in (await site.admin.get(person)).text
    assert not await sql.column("SELECT 1 FROM users_totp")
    entry = await AuditEntry.objects.aget(act=Act.reset_factor, refusal="")
    assert (entry.actor_id, entry.target_id) == (site.admin.user.pk, site.member.user.pk)


async def test_expired_forms_keep_no_secrets_and_what_waits_for_the_sign_in(site: Site) -> None:
    form = {"token": "a-token-with-the-secret-of-an-app-" * 2, "code": "123456", "password": PASSWORD}
    await site.member.get(_HOME)
    await Session.objects.filter(user=site.member.user).adelete()
    ended = await site.member.post(_HOME, {**form, "acting_as": site.member.me.handle})
    assert ended.status_code == 401
    for secret in form.values():
        assert secret not in ended.text
    waiting = {"kept_path": "/compose", "kept:text": "Hello there, all of you"}
    for step, typed in (
        ("code", {"proof": "a proof of the password" * 3, "recovery_code": "abcd-efgh-jkmn"}),
        ("passkey", {"token": "x" * 70, "credential": '{"id": "an answer of the browser"}' * 3}),
    ):
        form = {**typed, **waiting, "csrfmiddlewaretoken": "x" * 64}
        headers = {"sec-fetch-site": "same-origin"}
        expired = await site.nobody.post(f"/sign-in/{step}", form, headers=headers)
        assert expired.status_code == 403
        for secret in typed.values():
            assert secret.replace('"', "&quot;") not in expired.text
        assert _field(expired.text, "kept_path") == "/compose"
        assert _field(expired.text, "kept:text") == "Hello there, all of you"
