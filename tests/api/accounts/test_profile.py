"""One's own profile, raw, for the screen that edits it."""

import pytest

from tests.api.support.world import World
from tests.users.support import AP, fresh, sent
from users.identities.models import Identity, Restriction
from users.relations.handlers import announce_edits
from users.relations.services import following

pytestmark = pytest.mark.anyio

PATH = "/api/v1/profile"


async def test_a_profile_shows_what_was_saved(world: World) -> None:
    shown = await world.ada.get(PATH, "Profile")
    assert shown["id"] == world.ada.id
    assert (shown["avatar"], shown["header"]) == (None, None)
    changed = await world.ada.patch(
        PATH,
        "Profile",
        data={
            "display_name": "Ada L.",
            "note": "I count.\nhttps://example.org",
            "locked": "true",
            "show_media": "false",
            "show_media_replies": "0",
            "show_featured": "f",
            "attribution_domains[]": ["Paper.example", "https://blog.example/ada"],
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "https://ada.example",
        },
    )
    assert changed["note"] == "I count.\nhttps://example.org"
    assert changed["fields"] == [{"name": "Site", "value": "https://ada.example", "verified_at": None}]
    assert (changed["show_media"], changed["show_media_replies"], changed["show_featured"]) == (False,) * 3
    assert changed["attribution_domains"] == ["paper.example", "blog.example"]
    assert await world.ada.get(PATH, "Profile") == changed
    account = await world.nobody.get(f"/api/v1/accounts/{world.ada.id}", "Account")
    assert (account["show_media"], account["show_featured"], account["locked"]) == (False, False, True)
    own = await world.ada.get("/api/v1/accounts/verify_credentials", "CredentialAccount")
    assert own["source"]["attribution_domains"] == ["paper.example", "blog.example"]


async def test_an_invalid_flag_hides(world: World) -> None:
    """What lets more people find somebody is off, what holds them off is on."""
    opening, limiting = ("discoverable", "indexable"), ("locked", "hide_collections")
    for address in (PATH, "/api/v1/accounts/update_credentials"):
        sent_flags = dict.fromkeys(opening, "true") | dict.fromkeys(limiting, "false")
        await world.ada.patch(address, data=sent_flags)
        opened = await fresh(world.ada.me)
        assert (opened.is_discoverable, opened.is_indexable) == (True, True)
        assert (opened.approves_followers, opened.hides_follows) == (False, False)
        await world.ada.patch(address, data=dict.fromkeys((*opening, *limiting), "maybe"))
        hidden = await fresh(world.ada.me)
        assert (hidden.is_discoverable, hidden.is_indexable) == (False, False)
        assert (hidden.approves_followers, hidden.hides_follows) == (True, True)


async def test_json_and_what_is_not_sent_stays(world: World) -> None:
    changed = await world.ada.patch(
        PATH, "Profile", json={"show_media": False, "attribution_domains": ["a.example"]}
    )
    assert changed["show_media"] is False
    changed = await world.ada.patch(PATH, "Profile", json={"attribution_domains": []})
    assert (changed["show_media"], changed["attribution_domains"]) == (False, [])
    assert changed["display_name"] == "Ada"


async def test_invalid_profile_values_are_refused(world: World) -> None:
    for given in (
        {"attribution_domains": [f"a{number}.example" for number in range(11)]},
        {"attribution_domains": ["not a host"]},
        {"display_name": "x" * 1000},
        {"fields_attributes": [{"name": str(number), "value": "x"} for number in range(20)]},
    ):
        await world.ada.refused("PATCH", PATH, 422, json=given)
    assert (await fresh(world.ada.me)).name == "Ada"


INVISIBLE = ("\u200b", "\u200d\ufeff \u2060", "\u3164", "\u2800", "\u202e\U000e0041", "\ufe0f\u034f")


@pytest.mark.parametrize("name", [*INVISIBLE, "Ada\nAdmin", "Ada\r\nb", "Ada\u2028b", "Ada\x0bb", "Ada\x85b"])
async def test_names_are_seen_and_on_one_line(name: str, world: World) -> None:
    """Nobody can be told from whom a post without a name is, and a second line of a name can look like something else's."""
    await world.ada.refused("PATCH", PATH, 422, json={"display_name": name})
    await world.ada.refused("PATCH", PATH, 422, json={"fields_attributes": [{"name": name, "value": "x"}]})
    assert (await fresh(world.ada.me)).name == "Ada"
    assert (await fresh(world.ada.me)).fields == []


@pytest.mark.slow
async def test_names_of_other_scripts_and_pictures_are_taken(world: World) -> None:
    for name in ("👩🏽‍🚀", "עדה\u200f", "ﷺ", "नमस्ते", "\u200bAda", " Ada\n", ""):
        changed = await world.ada.patch(PATH, "Profile", json={"display_name": name})
        assert changed["display_name"] == name.strip()


@pytest.mark.parametrize("title", INVISIBLE)
async def test_titles_and_choices_are_seen(title: str, world: World) -> None:
    await world.ada.refused("POST", "/api/v1/lists", 422, data={"title": title})
    await world.ada.refused("POST", "/api/v2/filters", 422, json={"title": title, "context": ["home"]})
    poll = {"options": ["yes", title], "expires_in": 600}
    await world.ada.refused("POST", "/api/v1/statuses", 422, json={"status": "?", "poll": poll})


async def test_pictures_are_taken_away_and_that_twice_is_no_error(world: World) -> None:
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(
        icon_url="https://testserver/media/a.png",
        icon_description="me",
        image_url="https://testserver/media/b.png",
    )
    for _ in range(2):
        account = await world.ada.delete(f"{PATH}/avatar", "CredentialAccount")
        assert account["avatar"].endswith("/static/api/avatar.png")
        assert account["avatar_description"] == ""
        account = await world.ada.delete(f"{PATH}/header", "CredentialAccount")
        assert account["header"].endswith("/static/api/header.png")


async def test_the_profile_scope_is_enough_to_read_and_not_to_write(world: World) -> None:
    world.ada.token = await world.token(world.ada.me, "profile")
    await world.ada.get(PATH, "Profile")
    await world.ada.refused("PATCH", PATH, 403, "This action is outside the authorized scopes")


async def test_hashtags_and_handles_in_bio_and_fields_are_links_and_tags(world: World) -> None:
    """Handles that nobody known here has stay text, and nobody asks another server about them."""
    rob = world.remote
    bad = await world.speaker("mallory")
    await Identity.objects.filter(pk=bad.me.pk).aupdate(restriction=Restriction.suspended)
    note = f"With @bea, @{rob.handle.upper()}, @mallory and @new@far.example, about #Lace & <b>#123</b>"
    field = f"#knitting with @{rob.handle}, https://bea.example"
    account = await world.ada.patch(
        "/api/v1/accounts/update_credentials",
        "CredentialAccount",
        data={
            "note": note,
            "fields_attributes[0][name]": "@bea",
            "fields_attributes[0][value]": field,
        },
    )
    assert account["source"]["note"] == note
    assert (
        f'<a href="{world.bea.me.profile_url}" class="u-url mention">@<span>bea</span></a>' in account["note"]
    )
    assert f'<a href="{rob.profile_url or rob.uri}" class="u-url mention">' in account["note"]
    tag = '<a href="https://testserver/tags/{}" class="mention hashtag" rel="tag">#<span>{}</span></a>'
    assert tag.format("lace", "Lace") in account["note"]
    assert "@mallory and @new@far.example, about" in account["note"]
    assert "&lt;b&gt;#123" in account["note"]
    (row,) = account["fields"]
    assert row["name"] == "@bea"
    assert tag.format("knitting", "knitting") in row["value"]
    assert f'<a href="{rob.profile_url or rob.uri}" class="u-url mention">' in row["value"]
    assert row["value"].count('rel="me ') == 1  # on the website alone

    actor = (await world.nobody.ask("GET", "/users/ada", headers=AP)).json()
    wanted = [
        {"type": "Mention", "href": world.bea.me.uri, "name": "@bea@testserver"},
        {"type": "Mention", "href": rob.uri, "name": f"@{rob.handle}"},
        {"type": "Hashtag", "href": "https://testserver/tags/lace", "name": "#Lace"},
        {"type": "Hashtag", "href": "https://testserver/tags/knitting", "name": "#knitting"},
    ]
    assert actor["tag"] == wanted
    assert bad.me.uri not in str(actor)
    await following.follow(source=rob, target_id=world.ada.me.pk, uri=f"{rob.uri}/follows/1")
    await announce_edits([await fresh(world.ada.me)])
    assert (await sent())[-1][2]["object"]["tag"] == wanted
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.suspended)
    assert (await world.nobody.ask("GET", "/users/ada", headers=AP)).json()["tag"] == []


async def test_apps_are_told_how_somebody_reads(world: World) -> None:
    before = await world.ada.get("/api/v1/preferences", "Preferences")
    assert (before["reading:expand:spoilers"], before["reading:expand:media"]) == (False, "default")
    world.ada.me.opens_warnings, world.ada.me.expands_media = True, "hide_all"
    await world.ada.me.asave(update_fields=["opens_warnings", "expands_media"])
    after = await world.ada.get("/api/v1/preferences", "Preferences")
    assert (after["reading:expand:spoilers"], after["reading:expand:media"]) == (True, "hide_all")
