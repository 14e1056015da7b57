"""Pages offer to those who share an account only what their role allows: no button and no link leads to a refusal."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from django.urls import Resolver404, resolve

from activities.conversations.models import Conversation
from activities.notifications.models import Notification
from activities.posts.models import Post
from tests.activities.people import make_post
from tests.pages.accounts.sharing.support import AUTHOR, EDITOR, OWNER, Shared, share
from tests.pages.conftest import Site, Visitor
from tests.users.support import make_person, make_user
from users.collections.models import Collection
from users.logins.access import may
from users.logins.models import AccessRole
from web.frame.doing import doing_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.S)
_ACTION = re.compile(r'\baction="(/[^"]*)"')
_BUTTON = re.compile(r'\b(?:formaction|hx-post)="(/[^"]*)"')
_LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"]*)"', re.S)
PAGES = [
    "home",
    "local",
    "notifications",
    "notifications?show=all",
    "notifications/filtered",
    "private-mentions",
    "private-mentions/{talk}",
    "lists",
    "bookmarks",
    "likes",
    "explore",
    "search?q=zoe",
    "search?q=birds",
    "explore/people",
    "explore/hashtags",
    "tags/birds",
    "followed-tags",
    "more",
    "settings/list",
    "settings/sharing",
    "settings/identities",
    "settings/warnings",
    "settings/apps",
    "settings/notifications",
    "settings/security",
    "settings/appearance",
    "drafts",
    "scheduled",
    "waiting",
    "compose",
    "columns",
    "collections",
    "directory",
    "about",
    "catch-up",
    "aside?next=/home",
    "@mia",
    "@mia/followers",
    "@mia/following",
    "@mia/featured",
    "@zoe",
    "@zoe/followers",
    "@zoe/featured",
    "@zoe/{post}",
    "@mia/{own}",
    "posts/{post}/menu",
    "posts/{own}/menu",
    "posts/{post}/menu?group=x",
    "collections/{collection}",
]
_REDIRECTED = {"settings"}  # leads authors to the settings of their login


@pytest.fixture
async def shared(site: Site) -> Shared:
    return await share(site)


def _name(path: str) -> str:
    try:
        return resolve(urlsplit(unescape(path)).path).url_name or ""
    except Resolver404:
        return ""


def _offered(answer: httpx.Response) -> Iterator[tuple[str, bool]]:
    """Yield the names of the pages that a page leads to, and whether each is sent as a form."""
    text = answer.text
    forms = [path for form in _FORM.findall(text) for path in _ACTION.findall(form)]
    yield from ((_name(path), True) for path in [*forms, *_BUTTON.findall(text)])
    yield from ((_name(path), False) for path in _LINK.findall(text))


async def _furnish(site: Site, owner: Visitor) -> dict[str, int]:
    """Fill the account's pages, as its owner and as a follower with whom it has to do; return ids for the paths."""
    user = await make_user("zoe@example.org")
    zoe = await make_person(site.domain, "zoe", user)
    await make_post(zoe, content="<p>Hello</p>")
    theirs = await make_post(zoe, content="<p>Hello</p>")
    for path, form in {
        "/compose": {"text": "ours #birds", "visibility": "0"},
        "/lists": {"title": "Friends", "replies_policy": "list"},
        "/circles": {"title": "Close"},
        "/bookmarks/folders": {"folder_name": "Later"},
        "/collections": {"collection_name": "Ours"},
        "/columns/add": {"what": "local"},
        "/tags/birds/follow": {},
        f"/posts/{theirs.pk}/bookmark": {},
        f"/people/{zoe.pk}/note": {"comment": "kind"},
    }.items():
        answer = await owner.post(path, form)
        assert answer.status_code in {200, 302, 303}, (path, answer.status_code)
    own = await Post.objects.filter(author=owner.me.pk).aget()
    assert (await owner.post("/compose", {"text": "@zoe psst", "visibility": "3"})).status_code == 303
    talk = await Conversation.objects.filter(identity=owner.me.pk).aget()
    await Notification.objects.acreate(identity=owner.me, kind="mention", actor=zoe, post=theirs)
    ours = await Collection.objects.aget(owner=owner.me.pk)
    return {"own": own.pk, "post": theirs.pk, "zoe": zoe.pk, "collection": ours.pk, "talk": talk.pk}


@pytest.mark.parametrize("role", [AUTHOR, EDITOR, OWNER])
async def test_no_page_offers_what_is_refused(site: Site, shared: Shared, role: AccessRole) -> None:
    person, ids = shared.people[role], await _furnish(site, shared.people[OWNER])
    odd: set[tuple[str, str, str]] = set()
    for page in PAGES:
        answer = await person.get(f"/{page.format(**ids)}", follow_redirects=True)
        assert answer.status_code == 200, page
        odd |= {
            (page, name, "form" if is_form else "link")
            for name, is_form in _offered(answer)
            if name and name not in _REDIRECTED and not may(role, doing_of(name, is_form=is_form))
        }
    assert not odd, sorted(odd)
