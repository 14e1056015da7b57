"""Search for people, hashtags and posts. A complete handle or URL finds just that; for signed-in users it is looked up on its own server."""

from typing import Any

from django.http import HttpResponse

from activities.posts.models import Post
from activities.posts.queries.posts import load_posts
from activities.publishing.services import fetching, resolving
from activities.remote_profiles.services.looks import request_look
from activities.search import queries as reads
from activities.tags.queries import hashtag_named
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Problem
from core.texts import normal_query
from users.collections.queries import collections_by_ids, search_collections
from users.collections.services import look_up_collection
from users.identities.models import Identity
from users.identities.queries.identities import by_uri
from users.identities.queries.profiles import load_profiles
from users.relations.queries.search import search_accounts
from web.error_messages import error_message
from web.pages import page
from web.people.collections import Card, cards_of

_MAX_QUERY_LENGTH = 500


@methods("GET")
async def search(request: Request) -> HttpResponse:
    text = normal_query(request.GET.get("q", "")[:_MAX_QUERY_LENGTH])
    context: dict[str, Any] = {
        "q": text,
        "longest": _MAX_QUERY_LENGTH,
        "people": [],
        "hashtags": [],
        "posts": [],
        "cards": [],
    }
    context["scope"] = scope = "collections" if request.GET.get("type") == "collections" else ""
    if scope and not is_address(text):
        context["cards"] = await cards_of(await search_collections(text, request.identity, limit=10))
    elif text:
        looked_up = None
        if is_address(text):
            try:
                context["cards"] = await _collections(request, text, may_fetch=False)
                looked_up = None if context["cards"] else await look_up(request, text)
            except Problem as problem:
                if problem.code == "no_post_at_address" and request.identity is not None:
                    tag = await hashtag_named(str(problem.facts.get("hashtag", "")))
                    context["hashtags"] = [] if tag is None else [tag]
                    context["cards"] = [] if tag else await _collections(request, text, may_fetch=True)
                is_found = context["cards"] or context["hashtags"]
                context["problem"] = "" if is_found else error_message(problem)
        context |= await _found(request, text, looked_up)
    return page(request, "search.html", context)


def is_address(text: str) -> bool:
    """Return whether the text is a handle with a host, or a web address."""
    return _is_web(text) or ("@" in text.lstrip("@") and " " not in text)


def _is_web(text: str) -> bool:
    return text.startswith(("https://", "http://"))


async def look_up(request: Request, text: str) -> Identity | Post | None:
    """Return the identity or post that the address means. For visitors no other server is asked."""
    if request.identity is not None:
        found = await resolving.resolve_uri(text)
        if isinstance(found, Identity) and not found.is_local:
            await request_look(found.pk, found.uri)
        return found
    return (await by_uri(text) or await fetching.post_at(text)) if _is_web(text) else None


async def _collections(request: Request, text: str, *, may_fetch: bool) -> list[Card]:
    """Return the collection of people that an address means, as a list of one."""
    if not _is_web(text):
        return []
    try:
        found = await look_up_collection(text, may_fetch=may_fetch)
    except Problem:
        return []
    views = await collections_by_ids([found] if found is not None else [], request.identity)
    return await cards_of(list(views.values()))


async def _found(request: Request, text: str, looked_up: Identity | Post | None) -> dict[str, object]:
    people, posts = [], []
    if isinstance(looked_up, Post):
        posts = await load_posts([looked_up.pk], request.identity)
    elif looked_up is not None and looked_up.deleted_at is None:
        people = [looked_up.pk]
    if not _is_web(text):
        people = list(dict.fromkeys([*people, *await search_accounts(text, request.identity, 10)]))
    profiles = await load_profiles(people)
    found: dict[str, object] = {"people": [profiles[id] for id in people if id in profiles], "posts": posts}
    if _is_web(text):
        return found
    return found | {
        "hashtags": await reads.search_hashtags(text.lstrip("#"), limit=10),
        "posts": await reads.search_posts(text, request.identity, Page(limit=20)),
    }
