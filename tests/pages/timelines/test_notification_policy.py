"""The notification policy on its page, and its effect on notifications."""

import pytest

from activities.notifications.models import Notification, NotificationPolicy
from activities.publishing.handlers.fan_out import fan_out
from tests.activities import people as rows
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

PATH = "/settings/notifications/policy"
SHOWN = {
    f"for_{kind}": "accept"
    for kind in (
        "not_following",
        "not_followers",
        "new_accounts",
        "private_mentions",
        "limited_accounts",
        "bots",
    )
}


async def mention(site: Site) -> None:
    post = await rows.make_post(site.moderator.me, content="<p>Hello</p>", mentions=(site.member.me,))
    await fan_out([post])


async def test_the_defaults_are_shown_and_changed(site: Site) -> None:
    page = (await site.member.get(PATH)).text
    assert page.count('<option value="filter" selected>') == 2
    assert not await NotificationPolicy.objects.aexists()
    form = {**SHOWN, "for_bots": "drop", "for_new_accounts": "filter"}
    assert (await site.member.post(PATH, form)).headers["location"] == PATH
    stored = await NotificationPolicy.objects.aget()
    assert {name: getattr(stored, name) for name in form} == form
    page = (await site.member.get(PATH)).text
    assert (page.count('value="filter" selected'), page.count('value="drop" selected')) == (1, 1)
    assert (await site.member.post(PATH, {**SHOWN, "for_bots": "<b>"})).status_code == 422
    assert (await site.member.post(PATH, {"for_bots": "drop"})).status_code == 422
    assert (await NotificationPolicy.objects.aget()).for_private_mentions == "accept"


@pytest.mark.parametrize(("choice", "kept", "filtered"), [("accept", 1, 0), ("filter", 1, 1), ("drop", 0, 0)])
async def test_a_new_policy_applies_to_the_next_notification(
    site: Site, choice: str, kept: int, filtered: int
) -> None:
    await site.member.post(PATH, {**SHOWN, "for_not_following": choice})
    await mention(site)
    assert await Notification.objects.filter(identity=site.member.me).acount() == kept
    assert await Notification.objects.filter(identity=site.member.me, is_filtered=True).acount() == filtered
    assert ("Filtered: 1 person" in (await site.member.get(PATH)).text) == bool(filtered)
    assert ("@mo@" in (await site.member.get("/notifications/filtered")).text) == bool(filtered)


async def test_the_page_is_found_from_the_settings_and_what_is_filtered(site: Site) -> None:
    for path in ("/settings/notifications", "/notifications/filtered"):
        assert f'href="{PATH}"' in (await site.member.get(path)).text
