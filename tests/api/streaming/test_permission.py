"""Permission to hear a stream: tokens, where they may stand, and what ends it."""

import httpx
import pytest
import websockets

from api.models import Token
from api.oauth.tokens import revoke_tokens_of
from api.streaming.hub import hub
from core import clock
from tests.api.streaming.live import HOST, event_stream, web_socket
from tests.api.support.world import World
from tests.support.waiting import wait_until
from tests.users.support import make_person, make_user, sign_in
from users.access_rules.models import Severity
from users.domains.services import pause_domain, resume_domain
from users.identities.models import Identity, Restriction
from users.logins.cookies import cookie_name
from users.logins.models import IdentityAccess, Session, User
from users.logins.services.logins import sign_out
from users.logins.services.staff import OPERATOR
from users.moderation import services as moderation
from users.moderation.services import access_rules
from users.roles.models import MODERATOR
from users.sharing import services as sharing

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def _status(port: int, path: str, token: str = "", **params: str) -> tuple[int, object]:
    headers = {"Host": HOST} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
        answer = await http.get(f"/api/v1/streaming{path}", params=params)
        return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else answer.text


async def test_unauthorised_streams_are_refused_over_http(world: World, port: int) -> None:
    ada = world.ada.token
    assert await _status(port, "/health") == (200, "OK")
    assert await _status(port, "/user") == (401, {"error": "The access token is invalid"})
    assert await _status(port, "/user", "nonsense") == (401, {"error": "The access token is invalid"})
    assert await _status(port, "/nonsense", ada) == (400, {"error": "Unknown channel requested"})
    assert (await _status(port, "", ada))[0] == 404
    assert await _status(port, "/hashtag", ada) == (400, {"error": "Missing tag name parameter"})
    assert await _status(port, "/hashtag/local", ada) == (400, {"error": "Missing tag name parameter"})
    assert await _status(port, "/list", ada) == (400, {"error": "Missing list name parameter"})
    assert (await _status(port, "/list", ada, list="1"))[0] == 404
    assert (await _status(port, "/user", await world.token(world.ada.me, "write")))[0] == 403
    assert not hub().clients


async def test_a_token_may_come_in_the_header_the_protocol_or_the_query(world: World, port: int) -> None:
    ada = world.ada.token
    async with web_socket(port, "?stream=user", additional_headers={"Authorization": f"Bearer {ada}"}) as one:
        await wait_until(lambda: hub().anchors("user"))
        assert one.connection.subprotocol is None
    async with web_socket(port, "?stream=user", subprotocols=[ada]) as one:
        assert one.connection.subprotocol == ada
    async with web_socket(port, f"?stream=user&access_token={ada}"):
        pass
    async with event_stream(port, "user", "", access_token=ada):
        pass
    await wait_until(lambda: not hub().clients)
    assert not hub().anchors("user")


async def test_unauthorised_streams_are_refused_at_the_handshake(world: World, port: int) -> None:
    for query, status, words in (
        ("?stream=user", 401, "Missing access token"),
        ("?access_token=nonsense", 401, "Invalid access token"),
        (f"?access_token={world.app.token}", 422, "This method requires an authenticated user"),
    ):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with web_socket(port, query):
                pass
        assert refused.value.response.status_code == status
        assert refused.value.response.body == words.encode()


async def test_a_revoked_token_ends_its_streams(world: World, port: int) -> None:
    async with (
        event_stream(port, "user", world.ada.token) as events,
        web_socket(port, f"?access_token={world.ada.token}&stream=user") as socket,
        event_stream(port, "user", world.bea.token) as other,
    ):
        await wait_until(lambda: len(hub().clients) == 3)
        await revoke_tokens_of(user=world.ada_login)
        await wait_until(lambda: not events.is_open and not socket.is_open)
        assert socket.connection.close_code == 1008
        assert len(hub().clients) == 1
        await Token.objects.filter(identity=world.bea.me.pk).aupdate(expires_at=clock.now())
        await hub().check_tokens()
        await wait_until(lambda: not other.is_open)
    assert not hub().clients


@pytest.mark.parametrize(
    "what",
    [
        "suspended",
        "another one suspended",
        "deleted",
        "disabled",
        "restricted",
        "access withdrawn",
        "removed by an owner",
        "expired",
        "revoked",
    ],
)
async def test_streams_end_when_access_is_revoked(world: World, port: int, what: str) -> None:
    """Open streams end at once, those of tokens that expire when they are checked, each minute. New ones are refused. Others' go on."""
    bea, token = world.bea.me, Token.objects.filter(identity=world.bea.me.pk)
    login = User.objects.filter(identityaccess__identity=bea.pk)
    async with (
        event_stream(port, "user", world.ada.token) as others,
        event_stream(port, "user", world.bea.token) as events,
        web_socket(port, f"?access_token={world.bea.token}&stream=user") as socket,
    ):
        await wait_until(lambda: len(hub().clients) == 3)
        match what:
            case "suspended":
                await Identity.objects.filter(pk=bea.pk).aupdate(restriction=Restriction.suspended)
            case "another one suspended":  # restricts the login
                other = await make_person(world.domain, "bea2", await login.aget())
                staff = await make_user("staff@example.org", MODERATOR)
                await moderation.restrict(
                    moderator=staff, identity_id=other.pk, restriction=Restriction.suspended
                )
            case "deleted":
                await Identity.objects.filter(pk=bea.pk).aupdate(deleted_at=clock.now())
            case "disabled":
                await login.aupdate(is_disabled=True)
            case "restricted":
                await login.aupdate(is_restricted=True)
            case "access withdrawn":
                await IdentityAccess.objects.filter(identity=bea.pk).adelete()
            case "removed by an owner":
                owner = await make_user("owner@example.org")
                await IdentityAccess.objects.acreate(user=owner, identity=bea)
                held = await IdentityAccess.objects.aget(
                    user=await login.exclude(pk=owner.pk).aget(), identity=bea.pk
                )
                await sharing.remove(user=owner, identity=bea, access_id=held.pk)
            case "expired":
                await token.aupdate(expires_at=clock.now())
                await hub().check_tokens()
            case "revoked":
                await token.aupdate(revoked_at=clock.now())
        await wait_until(lambda: not events.is_open and not socket.is_open)
        assert others.is_open
        assert (await _status(port, "/user", world.bea.token))[0] in {401, 403}
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with web_socket(port, f"?access_token={world.bea.token}"):
                pass
        assert refused.value.response.status_code in {401, 403}
    await world.bea.refused(
        "GET",
        "/api/v1/timelines/home",
        401 if what in {"access withdrawn", "removed by an owner", "expired", "revoked"} else 403,
    )


async def test_streams_end_when_their_domain_is_paused(world: World, port: int) -> None:
    """New ones are refused until the pause ends."""
    async with event_stream(port, "user", world.ada.token) as events:
        await wait_until(lambda: len(hub().clients) == 1)
        await pause_domain(domain=world.domain)
        await wait_until(lambda: not events.is_open)
        assert (await _status(port, "/user", world.ada.token))[0] == 503
    await resume_domain(domain=world.domain)
    async with event_stream(port, "user", world.ada.token) as events:
        await wait_until(lambda: len(hub().clients) == 1)
        assert events.is_open


async def test_a_page_listens_with_its_session_until_it_ends(world: World, port: int) -> None:
    user = await User.objects.aget(identityaccess__identity=world.ada.me)
    session, cookie = await sign_in(user, world.domain)
    own = {"Cookie": f"{cookie_name(world.domain)}={cookie}"}
    for headers in (
        own,  # no origin: not a browser, which has a token
        own | {"Origin": "https://evil.test"},
        {"Origin": world.domain.base_url},
        {"Origin": world.domain.base_url, "Cookie": f"{cookie_name(world.domain)}=nonsensenonsensenonsense"},
    ):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with web_socket(port, "?stream=user", additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401
    async with web_socket(
        port, "?stream=user", additional_headers=own | {"Origin": world.domain.base_url}
    ) as page:
        await wait_until(lambda: hub().anchors("user"))
        assert list(hub().anchors("user")) == [world.ada.me.pk]
        await sign_out(session=session)
        await wait_until(lambda: not hub().clients)
        await wait_until(lambda: page.connection.close_code == 1008)  # it is on its way


async def test_a_page_of_an_identity_hears_nothing_for_another(world: World, port: int) -> None:
    user = await User.objects.aget(identityaccess__identity=world.ada.me)
    other = await make_person(world.domain, "other", user)
    session, cookie = await sign_in(user, world.domain)
    headers = {
        "Cookie": f"{cookie_name(world.domain)}={cookie}",
        "Origin": world.domain.base_url,
    }
    async with web_socket(port, "?stream=user", additional_headers=headers):
        await wait_until(lambda: hub().anchors("user"))
        await Session.objects.filter(pk=session.pk).aupdate(identity=other)
        await wait_until(lambda: not hub().clients)


async def test_a_rule_on_their_network_ends_open_streams(world: World, port: int) -> None:
    """The process hears of the rule by the database, whichever process it was written in."""
    async with (
        event_stream(port, "user", world.ada.token) as events,
        web_socket(port, f"?access_token={world.bea.token}&stream=user") as socket,
    ):
        await wait_until(lambda: len(hub().clients) == 2)
        rule = await access_rules.add_ip_rule(
            moderator=OPERATOR, network="127.0.0.0/8", severity=Severity.no_access, address="192.0.2.1"
        )
        await wait_until(lambda: not events.is_open and not socket.is_open)
    assert not hub().clients
    assert (await _status(port, "/user", world.ada.token))[0] == 403
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with web_socket(port, f"?access_token={world.bea.token}&stream=user"):
            pass
    assert refused.value.response.status_code == 403
    await access_rules.remove_ip_rule(moderator=OPERATOR, rule_id=rule.pk)
    async with event_stream(port, "user", world.ada.token):
        await wait_until(lambda: hub().clients)
