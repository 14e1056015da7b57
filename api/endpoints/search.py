"""Search (docs.joinmastodon.org/methods/search)."""

import asyncio
from typing import Annotated, Literal

import msgspec

from activities.posts.models import Post
from activities.posts.queries.posts import load_posts
from activities.publishing.services import fetching, resolving
from activities.remote_profiles.services.looks import request_look
from activities.search.queries import search_hashtags, search_posts
from activities.tags.queries import hashtag_named
from api.entities.account import Account
from api.entities.collection import collection
from api.entities.search import Search
from api.entities.status import statuses
from api.parameters import Id, Length, Limit
from api.people import RESOLVE_TIMEOUT_S, found_accounts, resolve_account
from api.routing import Call, endpoint
from api.tags import tags_of
from core.db.paging import Page
from core.errors import BadInput, Problem, TooMany
from core.logs import get_logger
from core.texts import normal_query, without_query
from federation import peers
from users.collections.queries import collections_by_ids, search_collections
from users.collections.services import look_up_collection
from users.domains.queries import is_local_host
from users.identities.models import Identity
from users.identities.services import remote_actors
from users.relations.queries.search import search_accounts

log = get_logger(__name__)


class SearchParameters(msgspec.Struct):
    q: Annotated[str, Length(2048)]
    type: Literal["accounts", "hashtags", "statuses"] | None = None
    resolve: bool = False
    following: bool = False
    account_id: Id | None = None
    exclude_unreviewed: bool = False
    max_id: Id | None = None
    min_id: Id | None = None
    limit: Annotated[int, Limit(20, 40)] = 20
    offset: Annotated[int, Limit(0, 10_000)] = 0


@endpoint("GET", "/api/v2/search", scope="read:search", auth="either")
async def search(call: Call, asked: SearchParameters) -> Search:
    """Search accounts, posts, hashtags and collections.

    The URL of an account or post finds only that; `resolve` fetches it, for a few seconds.
    """
    if call.viewer is None and (asked.resolve or asked.offset):
        raise BadInput(code="user_needed")
    text = normal_query(asked.q)
    if text.startswith(("https://", "http://")):
        return await _by_address(call, asked, text)
    found = Search([], [], [])
    if asked.type in {None, "accounts"}:
        found.accounts = await _accounts(call, asked, text)
    if asked.type in {None, "statuses"} and call.viewer is not None and not text.startswith("@"):
        page = Page(limit=asked.limit, max_id=asked.max_id, min_id=asked.min_id)
        posts = await search_posts(text, call.viewer, page, author_id=asked.account_id, offset=asked.offset)
        found.statuses = statuses(posts, call.viewpoint)
    if asked.type in {None, "hashtags"} and not text.startswith("@"):
        tags = await search_hashtags(text, call.domain, limit=asked.limit, offset=asked.offset)
        found.hashtags = await tags_of(call, tags)
    if asked.type is None and not text.startswith(("@", "#")) and not asked.following:
        views = await search_collections(text, call.viewer, limit=asked.limit, offset=asked.offset)
        found.collections = [collection(view, call.domain) for view in views]
    return found


async def _accounts(call: Call, asked: SearchParameters, text: str) -> list[Account]:
    if text.startswith("#"):
        return []
    first = await resolve_account(call, text) if asked.resolve and not asked.offset else None
    ids = await search_accounts(
        text, call.viewer, asked.limit, following=asked.following, offset=asked.offset
    )
    if first is not None:
        ids = [first, *(one for one in ids if one != first)]
    return await found_accounts(call, ids[: asked.limit])


async def _by_address(call: Call, asked: SearchParameters, url: str) -> Search:
    """Return the account, post or collection with this URL: known, or fetched."""
    found = Search([], [], [])
    if await is_local_host(peers.host_of(url)):
        url = without_query(url)
    collection_id = await look_up_collection(url, may_fetch=False) if asked.type is None else None
    one: Identity | Post | int | str | None = None
    if collection_id is None:
        one = await (_fetched(url) if asked.resolve else _known(url))
    if isinstance(one, str):
        tag = await hashtag_named(one) if asked.type in {None, "hashtags"} else None
        found.hashtags = await tags_of(call, [tag] if tag is not None else [])
        return found
    if isinstance(one, int):
        collection_id, one = (one if asked.type is None else None), None
    if collection_id is not None:
        views = await collections_by_ids([collection_id], call.viewer)
        found.collections = [collection(view, call.domain) for view in views.values()]
    if isinstance(one, Post):
        if asked.type != "accounts":
            found.statuses = statuses(await load_posts([one.pk], call.viewer), call.viewpoint)
    elif one is not None and asked.type != "statuses":
        if asked.resolve and not one.is_local:
            await request_look(one.pk, one.uri)
        found.accounts = await found_accounts(call, [one.pk])
    return found


async def _known(url: str) -> Identity | Post | None:
    """Return the known object with this URL."""
    try:
        return await remote_actors.look_up(url, may_fetch=False)
    except Problem:
        return await fetching.post_at(url)


async def _fetched(url: str) -> Identity | Post | int | str | None:
    """Return the account, post, collection id or hashtag name of a URL, fetching it within a few seconds. Raises TooMany."""
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            try:
                return await resolving.resolve_uri(url)
            except BadInput as error:
                if error.code != "no_post_at_address":
                    raise
                if name := error.facts.get("hashtag"):
                    return str(name)
                return await look_up_collection(url, may_fetch=True)  # fetched a moment ago
    except TooMany:
        raise  # no server was asked
    except (Problem, TimeoutError) as error:
        if isinstance(error, Problem) and error.code == "domain_is_local_only":
            raise
        log.info("api.resolve_failed", text=url, error=error)
        return None
