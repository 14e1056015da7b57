"""The feeds: of a local user, of a hashtag, and of a list at its secret URL."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.utils.translation import gettext as _

from activities.lists.queries import list_at
from activities.lists.queries import timeline as list_timeline
from activities.media.queries import file_sizes
from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from activities.timelines.queries import timelines
from core.asgi.conditional import conditional
from core.asgi.decorators import methods, without_session
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound
from core.pages.addresses import path_to
from users.identities.queries.profiles import profile_of_identity
from web.pages import check_open
from web.paths import hashtag_in
from web.people.profiles import identity_by_path
from web.templatetags.takahe import plain

_SIZE = 20
_FOR_EVERYONE = "public, max-age=300"
_FOR_ONE = "private, max-age=300"
_KINDS = {"rss", "atom"}


@dataclass(frozen=True)
class _Choice:
    exclude_replies: bool = False
    only_media: bool = False


_OF_PERSON = {"feed": _Choice(exclude_replies=True), "replies": _Choice(), "media": _Choice(only_media=True)}


async def _answer(
    request: Request,
    kind: str,
    posts: Sequence[PostView],
    *,
    title: str,
    link: str,
    words: str = "",
    is_private: bool = False,
) -> HttpResponse:
    from web.feeds.documents import CONTENT_TYPES, Head, feed_document, modified_at  # 0.7 MB with XML, rarely

    base = request.domain.base_url
    head = Head(title, base + link, base + request.path, words)
    public = [post for post in posts if _is_public(post)]
    response = HttpResponse(
        feed_document(kind, head, public, request.domain, await file_sizes(public)),
        content_type=f"{CONTENT_TYPES[kind]}; charset=utf-8",
        headers={
            "Cache-Control": _FOR_ONE if is_private else _FOR_EVERYONE,
            "Vary": "Accept-Language",
        },
    )
    if is_private:
        response.headers["X-Robots-Tag"] = "noindex"
    return conditional(request, response, modified_at(public))


def _is_public(post: PostView) -> bool:
    """Return whether a post may be in a feed, for any reader: feed readers store what they read, and show it to anybody."""
    is_for_all = max(post.visibility, post.shown.visibility) <= Visibility.unlisted
    return is_for_all and not (post.is_held or post.shown.is_held or post.is_refused)


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise NotFound(_("There is no such feed."))


@methods("GET")
@without_session
async def of_person(request: Request, handle: str, tab: str = "feed", kind: str = "rss") -> HttpResponse:
    """Return a user's posts without boosts: `feed` without replies to others, `replies` with them, `media` those with files."""
    _check_kind(kind)
    choice = _OF_PERSON.get(tab)
    identity = await identity_by_path(request, handle)
    if choice is None or not identity.is_local or identity.is_suspended:
        raise NotFound(_("There is no feed of this person here."))
    posts = await timelines.profile_posts(
        identity.pk,
        None,
        Page(limit=_SIZE),
        exclude_replies=choice.exclude_replies,
        exclude_boosts=True,
        only_media=choice.only_media,
    )
    person = profile_of_identity(identity)
    return await _answer(
        request,
        kind,
        posts,
        title=f"{person.display_name} (@{person.handle})",
        link=path_to("profile", handle=handle),
        words=plain(person.summary),
    )


@methods("GET")
@without_session
async def mastodons(request: Request, handle: str) -> HttpResponse:
    """Redirect from the address that Mastodon has for a feed."""
    return HttpResponsePermanentRedirect(path_to("profile-feed", handle=handle))


@methods("GET")
@without_session
async def of_hashtag(request: Request, name: str, kind: str) -> HttpResponse:
    """Return the newest public posts with a hashtag."""
    _check_kind(kind)
    check_open(request)
    name = hashtag_in(name)
    posts = await timelines.hashtag(name, None, Page(limit=_SIZE))
    return await _answer(request, kind, posts, title=f"#{name}", link=path_to("tag", name=name))


@methods("GET")
@without_session
async def of_list(request: Request, token: str, kind: str) -> HttpResponse:
    """Return the public posts of the list with this secret URL."""
    _check_kind(kind)
    people, owner = await list_at(token)
    posts = await list_timeline(owner, people, Page(limit=_SIZE))
    link = path_to("list", list_id=people.pk)
    return await _answer(request, kind, posts, title=people.title, link=link, is_private=True)
