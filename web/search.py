"""Search for accounts, hashtags and posts. A complete handle or URL finds only that; for signed-in users it is looked up on its own server."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from activities.posts.models import Post
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from activities.search import queries as reads
from activities.tags.queries import hashtag_named
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import Problem
from core.pages.addresses import path_to
from core.texts import normal_query
from users.collections.queries import collections_by_ids, search_collections
from users.collections.services import look_up_collection
from users.domains.visitors import is_hidden_host
from users.identities.models import Identity
from users.identities.queries.profiles import load_profiles
from users.relations.queries.relationships import relations_to
from users.relations.queries.search import search_accounts
from web.error_messages import error_message
from web.pages import page, query_number, redirect_with_message
from web.paging import PAGE_SIZE, requested_page
from web.paths import post_path, profile_path
from web.people.collections import Card, cards_of
from web.people.finding import is_address, is_web, look_up
from web.search_chips import SCOPES, address, chips, has_fields, scopes, with_fields
from web.templatetags.lengths import MAX_QUERY

_MOST = 40  # results of a single scope
_MAX_OFFSET = 10_000
_SENTENCES = {
    "date": gettext_lazy("“{given}” is not a date: write it like 2026-11-30."),
    "author": gettext_lazy("There is nobody called “{given}”."),
}


@methods("GET")
async def search(request: Request) -> HttpResponse:
    text = normal_query(request.GET.get("q", "")[:MAX_QUERY])
    scope = request.GET.get("type", "")
    scope = scope if scope in SCOPES and (request.identity or scope != "library") else ""
    if has_fields(request.GET):
        return redirect_with_message(request, address(with_fields(text, request.GET)[:MAX_QUERY], scope))
    context: dict[str, Any] = {
        "q": text,
        "scope": scope,
        "is_of_posts": scope in ("", "posts", "library"),
        "longest": MAX_QUERY,
        "scopes": scopes(text, scope, is_signed_in=request.identity is not None),
        "chips": list(chips(text, scope, is_signed_in=request.identity is not None)),
        "people": [],
        "hashtags": [],
        "posts": [],
        "cards": [],
    }
    if is_address(text):
        context |= await _at_address(request, text)
        if path := _only_path(request, text, context):
            return redirect_with_message(request, path)
    elif text:
        context |= await _of_scope(request, text, scope)
        context["misread"] = [
            _SENTENCES[what].format(given=value)
            for what, value in await reads.misread(text, request.identity)
        ]
    return page(request, "search.html", context)


async def _at_address(request: Request, text: str) -> dict[str, Any]:
    """Return the object of a URL or handle, looked up remotely for signed-in users, and others with that name."""
    context: dict[str, Any] = {}
    looked_up = None
    try:
        context["cards"] = await _collections(request, text, may_fetch=False)
        looked_up = None if context["cards"] else await look_up(request, text)
    except Problem as problem:
        tag = None
        if problem.code == "no_post_at_address" and request.identity is not None:
            tag = await hashtag_named(str(problem.facts.get("hashtag", "")))
            context["cards"] = [] if tag else await _collections(request, text, may_fetch=True)
        context["hashtags"] = [] if tag is None else [tag]
        is_found = context["cards"] or context["hashtags"]
        context["problem"] = "" if is_found else error_message(problem)
    return context | await _found(request, text, looked_up)


def _only_path(request: Request, text: str, found: dict[str, Any]) -> str:
    """Return the page of a web address, to which the search redirects at once."""
    if not is_web(text):
        return ""
    if posts := found.get("posts"):
        return post_path(request.domain, posts[0].author, posts[0].id)
    if people := found.get("people"):
        return profile_path(request.domain, people[0])
    if cards := found.get("cards"):
        return path_to("collection", collection_id=cards[0].view.collection.pk)
    if tags := found.get("hashtags"):
        return path_to("tag", name=tags[0].name)
    return ""


async def _of_scope(request: Request, text: str, scope: str) -> dict[str, Any]:
    match scope:
        case "collections":
            return {"cards": await cards_of(await search_collections(text, request.identity, limit=10))}
        case "people":
            offset = min(query_number(request, "offset") or 0, _MAX_OFFSET)
            ids = await search_accounts(text, request.identity, _MOST, offset=offset)
            profiles = await load_profiles(ids)
            return {
                "people": [profiles[id] for id in ids if id in profiles],
                "relations": await relations_to(request.identity, ids),
                "more_people": offset + _MOST if len(ids) >= _MOST and offset < _MAX_OFFSET else None,
                "query": urlencode({"q": text, "type": scope}),
            }
        case "hashtags":
            return {"hashtags": await reads.search_hashtags(text.lstrip("#"), request.domain, limit=_MOST)}
        case "library" | "posts":
            # at both ends: a search reads only its first words, and the last of two operators counts
            within = f"in:library {text} in:library" if scope == "library" else text
            posts = await reads.search_posts(within, request.identity, requested_page(request))
            query = urlencode({"q": text, "type": scope})
            return {"posts": posts, "older": posts[-1].id if _is_full(posts) else None, "query": query}
        case _:
            return await _found(request, text, None)


async def _collections(request: Request, text: str, *, may_fetch: bool) -> list[Card]:
    """Return the collection at an address, in a list."""
    if not is_web(text):
        return []
    try:
        found = await look_up_collection(text, may_fetch=may_fetch)
    except Problem:  # not a collection, or its server failed: the other results are still shown
        return []
    views = await collections_by_ids([found] if found is not None else [], request.identity)
    return await cards_of(list(views.values()))


async def _found(request: Request, text: str, looked_up: Identity | Post | None) -> dict[str, object]:
    people, posts = [], []
    if isinstance(looked_up, Post):
        posts = await load_posts([looked_up.pk], request.identity)
    elif looked_up is not None and looked_up.deleted_at is None:
        people = [looked_up.pk]
    if not is_web(text):
        people = list(dict.fromkeys([*people, *await search_accounts(text, request.identity, 10)]))
    profiles = await load_profiles(people)
    shown = [profiles[id] for id in people if id in profiles and not is_hidden_host(profiles[id].host)]
    if not is_web(text):  # a web address leads to their profile, which says why it is empty
        shown = [person for person in shown if not person.is_on_blocked_host]
    found: dict[str, object] = {"people": shown, "posts": posts}
    found["relations"] = await relations_to(request.identity, people)
    if is_web(text):
        return found
    posts = await reads.search_posts(text, request.identity, Page(limit=PAGE_SIZE))
    return found | {
        "hashtags": await reads.search_hashtags(text.lstrip("#"), request.domain, limit=10),
        "posts": posts,
        "more_posts": address(text, "posts") if _is_full(posts) else "",
    }


def _is_full(posts: Sequence[PostView]) -> bool:
    return len(posts) >= PAGE_SIZE
