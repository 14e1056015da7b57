"""The long texts of a domain, and what it tells about other servers."""

import datetime as dt

import pytest

from core import clock
from core.errors import BadInput
from federation.models import Peer, Policy
from federation.peers import set_policy
from tests.activities import people as rows
from tests.api.support.world import World
from users.domains import options
from users.domains.models import DomainTextKind
from users.domains.services import publish_text

pytestmark = pytest.mark.anyio

TERMS = "/api/v1/instance/terms_of_service"


async def test_a_privacy_policy_is_always_there(world: World) -> None:
    default = await world.nobody.get("/api/v1/instance/privacy_policy", "PrivacyPolicy")
    assert "password" in default["content"]
    await publish_text(
        domain=world.domain, kind=DomainTextKind.privacy_policy, content="<p>Ours</p><script>x</script>"
    )
    assert (await world.nobody.get("/api/v1/instance/privacy_policy"))["content"] == "<p>Ours</p>"
    await publish_text(domain=world.domain, kind=DomainTextKind.extended_description, content="<p>Long</p>")
    shown = await world.nobody.get("/api/v1/instance/extended_description", "ExtendedDescription")
    assert shown["content"] == "<p>Long</p>"
    with pytest.raises(BadInput):
        await publish_text(domain=world.domain, kind=DomainTextKind.privacy_policy, content=" ")


async def test_terms_count_from_their_day(world: World) -> None:
    await world.nobody.refused("GET", TERMS, 404, "Record not found")
    today = clock.now().date()
    for content, days in (("<p>Old</p>", -1), ("<p>New</p>", 7)):
        await publish_text(
            domain=world.domain,
            kind=DomainTextKind.terms_of_service,
            content=content,
            effective_on=today + dt.timedelta(days=days),
        )
    now = await world.nobody.get(TERMS, "TermsOfService")
    soon = (today + dt.timedelta(days=7)).isoformat()
    assert (now["content"], now["effective"], now["succeeded_by"]) == ("<p>Old</p>", True, soon)
    later = await world.nobody.get(f"{TERMS}/{soon}", "TermsOfService")
    assert (later["effective"], later["succeeded_by"]) == (False, None)
    for wrong in ("2020-01-01", "soon", "2026-13-01"):
        await world.nobody.refused("GET", f"{TERMS}/{wrong}", 404, "Record not found")


@pytest.mark.slow
async def test_the_addresses_of_the_texts_are_pages_that_there_are(world: World) -> None:
    async def urls() -> dict[str, str | None]:
        return (await world.nobody.get("/api/v2/instance", "Instance"))["configuration"]["urls"]

    assert (await urls())["about"] == "https://testserver/about"
    assert ((await urls())["privacy_policy"], (await urls())["terms_of_service"]) == (None, None)
    tomorrow = clock.now().date() + dt.timedelta(days=1)
    for kind in (DomainTextKind.privacy_policy, DomainTextKind.terms_of_service):
        await publish_text(domain=world.domain, kind=kind, content="<p>x</p>", effective_on=tomorrow)
    assert (await urls())["privacy_policy"] is None
    for kind in (DomainTextKind.privacy_policy, DomainTextKind.terms_of_service):
        await publish_text(domain=world.domain, kind=kind, content="<p>Ours</p>")
    shown = await urls()
    for name in ("about", "privacy_policy", "terms_of_service"):
        answer = await world.http.get(shown[name], headers={"Accept": "text/html"})
        assert answer.status_code == 200, shown


async def test_blocked_servers_are_told_to_people_and_to_others_when_wanted(world: World) -> None:
    await set_policy(host="bad.test", policy=Policy.blocked, note="for operators only")
    path = "/api/v1/instance/domain_blocks"
    await world.nobody.refused("GET", path, 404, "Record not found")
    found = await world.ada.get(path, "[DomainBlock]")
    assert [(one["domain"], one["severity"], one["comment"]) for one in found] == [
        ("bad.test", "suspend", "")
    ]
    await options.set_value(options.PUBLISHES_BLOCKS, True)
    assert await world.nobody.get(path, "[DomainBlock]") == found


async def test_languages(world: World) -> None:
    found = await world.nobody.get("/api/v1/instance/languages")
    assert {"code": "en", "name": "English"} in found
    assert await world.nobody.get("/api/v1/instance/translation_languages") == {}


async def test_the_version_is_a_number_and_promises_what_is_served(world: World) -> None:
    """Clients parse all of it, and hide what a server older than their feature's number has not."""
    for path in ("/api/v1/instance", "/api/v2/instance"):
        assert (await world.nobody.get(path))["version"] == "4.6.0"
    shown = await world.nobody.get("/api/v2/instance", "Instance")
    assert shown["api_versions"] == {"mastodon": 10}
    assert "takahe" in shown["source_url"]


async def test_an_extended_description_that_was_never_written_has_no_date(world: World) -> None:
    path = "/api/v1/instance/extended_description"
    shown = await world.nobody.get(path, "ExtendedDescription")
    assert shown == {"updated_at": None, "content": world.domain.description}
    await publish_text(domain=world.domain, kind=DomainTextKind.extended_description, content="<p>Long</p>")
    assert (await world.nobody.get(path, "ExtendedDescription"))["updated_at"] is not None


async def test_hosts_are_completed(world: World) -> None:
    for host in ("apple.test", "apply.test", "a_b.test", "axb.test", "xn--bcher-kva.example"):
        await Peer.objects.acreate(host=host)
    await set_policy(host="apples.test", policy=Policy.blocked)
    path = "/api/v1/peers/search"
    for start, found in (
        ("appl", ["apple.test", "apply.test"]),
        (" APPLE", ["apple.test"]),
        ("a_", ["a_b.test"]),
        ("%", []),
        ("bücher.example", ["xn--bcher-kva.example"]),
        ("ü!", []),
        ("", []),
    ):
        assert await world.nobody.get(path, params={"q": start}) == found, start
    assert await world.nobody.get(path, params={"q": "appl", "limit": "1"}) == ["apple.test"]


async def test_the_effect_of_blocking_a_host_is_listed(world: World) -> None:
    path = "/api/v1/domain_blocks/preview"
    host = world.remote.host
    none = {"following_count": 0, "followers_count": 0}
    assert await world.ada.get(path, params={"domain": host}) == none
    await rows.follow(world.ada.me, world.remote)
    await rows.follow(world.bea.me, world.remote)
    assert await world.ada.get(path, params={"domain": host.upper()}) == {**none, "following_count": 1}
    await rows.follow(world.remote, world.ada.me)
    both = {"following_count": 1, "followers_count": 1}
    assert await world.ada.get(path, params={"domain": host}) == both
    assert await world.ada.get(path, params={"domain": "other.test"}) == none
    await world.ada.refused("GET", path, 422)
    await world.nobody.refused("GET", path, 401, params={"domain": host})
