"""A profile's posts as RSS, as far as visitors may see them."""

import re

from django.http import HttpResponse
from django.utils.html import escape

from activities.posts.queries.views import PostView
from activities.timelines.queries import timelines
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound
from core.pages.addresses import path_to
from users.identities.queries.profiles import profile_of_identity
from web.paths import post_path
from web.people.profiles import identity_by_path
from web.templatetags.takahe import plain

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@methods("GET")
async def rss(request: Request, handle: str) -> HttpResponse:
    from django.utils.feedgenerator import Rss201rev2Feed  # 0.7 MB with XML, rarely

    identity = await identity_by_path(request, handle)
    if not identity.is_local or identity.is_suspended:
        raise NotFound("There is no feed of this person here.")
    posts = await timelines.profile_posts(
        identity.pk, None, Page(limit=20), exclude_replies=True, exclude_boosts=True
    )
    person, base = profile_of_identity(identity), request.domain.base_url
    feed = Rss201rev2Feed(
        title=_clean(f"{person.display_name} (@{person.handle})"),
        link=base + path_to("profile", handle=handle),
        description=_clean(plain(person.summary)),
        feed_url=base + path_to("profile-feed", handle=handle),
    )
    for post in posts:
        path = post_path(request.domain, post.author, post.id)
        link = path if path.startswith("http") else base + path
        feed.add_item(
            title=None, link=link, unique_id=post.uri, description=_words(post), pubdate=post.created_at
        )
    body = feed.writeString("utf-8")
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(body, content_type="application/rss+xml; charset=utf-8", headers=headers)


def _words(post: PostView) -> str:
    """Return the post as HTML, or only its warning: feed readers have nothing that stays closed."""
    return _clean(f"<p>{escape(post.content_warning)}</p>" if post.content_warning else post.content)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
