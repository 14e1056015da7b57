"""Fetching of remote posts that a boost, a search or a quote refers to. Never inside a transaction."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.db.models import Q

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post, PostGraph, Visibility
from activities.publishing.activitypub import author_of, is_of_own_kind, is_post, is_vote, parse_post
from activities.publishing.services.consent import show_unseen
from activities.publishing.services.receiving import (
    bring_to_hashtags,
    connect_orphans,
    receive_edit,
    receive_post,
)
from core import clock
from core.db import async_atomic, in_transaction
from core.errors import BadInput, NotAllowed, NotFound, Problem
from core.logs import get_logger
from core.texts import without_query
from federation import peers
from federation.documents import as_id, same_host
from federation.fetching import fetch_document, slots
from stator import transition
from users.domains.queries import is_local_host
from users.identities.models import Identity
from users.identities.services import remote_actors

log = get_logger(__name__)

_ANCESTORS_AGAIN = dt.timedelta(days=1)
_MAX_ANCESTORS = 20
_PARENT_S = 5.0


async def ensure_post(
    uri: str, *, may_be_page: bool = False, with_ancestors: bool = True, unseen: bool = False
) -> Post:
    """Return the post with this id (or page URL), fetching it if it is unknown; it is added to no home timeline.

    `may_be_page`: a page may link to the post's document (for URLs entered by users). With `with_ancestors` the worker then fetches its
    ancestors; for a known post without its parent, it retries once a day. `unseen`: as in `store_fetched`. Raises NotFound (there is
    none, or an unknown local one), NotAllowed (blocked), BadInput (not a post), FetchError kinds.
    """
    if in_transaction():
        raise RuntimeError("posts are fetched outside of transactions")
    known = await post_at(uri)
    if known is not None:
        if with_ancestors:
            await _look_for_ancestors(known)
        return known
    host = peers.host_of(uri)
    if await is_local_host(host):
        raise NotFound
    if await peers.is_blocked(host):
        raise NotAllowed(code="server_blocked", detail=host)
    document = await fetch_document(uri, may_be_page=may_be_page)
    post = await store_fetched(document, with_ancestors=with_ancestors, unseen=unseen)
    if post is None:
        raise NotFound
    return post


async def post_at(uri: str) -> Post | None:
    """Return the post with this id, or the local one with this page URL; None if it is unknown or deleted. Unique index on uri,
    activities_post_page.
    """
    found = await Post.objects.filter(uri=uri, deleted_at=None).afirst()
    if found is None and await is_local_host(peers.host_of(uri)):
        uri = without_query(uri)
        found = await Post.objects.filter(
            Q(uri=uri) | Q(url=uri), is_local=True, deleted_at=None, boost_of=None
        ).afirst()
    return found


async def refetch(post: Post, *, said_at: dt.datetime | None = None) -> Post:
    """Refresh a remote post from its server: an edit (announced at `said_at`), or a poll's results. Needs its author loaded.

    Raises what `ensure_post` does.
    """
    if in_transaction():
        raise RuntimeError("posts are fetched outside of transactions")
    return await update_from(post, await fetch_document(post.uri, fresh=True), said_at=said_at)


async def update_from(post: Post, document: Mapping[str, Any], *, said_at: dt.datetime | None = None) -> Post:
    """Apply the current document of a remote post. Needs its author loaded. Raises BadInput if the document is not that post."""
    if not is_post(document) or as_id(document.get("id")) != post.uri:
        raise BadInput(code="no_post_at_address", detail="another document stands there now")
    if is_of_own_kind(document):
        return post  # it contains less than the stored one
    parsed = _parsed(document, post.author)
    return await receive_edit(author=post.author, document=parsed, said_at=said_at) or post


async def fetch_parent(uri: str) -> None:
    """Fetch the post with this id, connect its replies to it, and let the worker fetch its ancestors. Raises what `ensure_post` does."""
    await _connect_to(await ensure_post(uri, unseen=True), uri)


async def _connect_to(parent: Post, uri: str) -> None:
    if not parent.is_boost:
        async with async_atomic():  # it may have been stored already, or under another URI
            await connect_orphans(parent, uri)


async def fetch_ancestors_from(uri: str) -> None:
    """Fetch the post with this id, its parent, and so on upward; connect them. Raises what `ensure_post` does.

    Each is shown only after its parent was looked for: it is held if the parent requires approval.
    """
    below: Post | None = None
    try:
        for _ in range(_MAX_ANCESTORS):
            if not uri:
                return
            # with ancestors each would fetch its own again
            parent = await ensure_post(uri, with_ancestors=False, unseen=True)
            await _connect_to(parent, uri)
            if below is not None:
                await show_unseen(below)
            below, uri = parent if parent.state == PostGraph.unseen else None, parent.in_reply_to_uri
    finally:
        if below is not None:
            await show_unseen(below)


async def _look_for_ancestors(post: Post) -> None:
    is_due = (
        post.state == PostGraph.fanned_out.name and post.state_changed_at < clock.now() - _ANCESTORS_AGAIN
    )
    if is_due and post.in_reply_to_uri and not post.is_local:
        await transition(post, PostGraph.fetched)


async def store_fetched(
    document: Mapping[str, Any],
    *,
    author: Identity | None = None,
    with_ancestors: bool = False,
    may_be_private: bool = True,
    unseen: bool = False,
    for_hashtags: bool = False,
) -> Post | None:
    """Store a post whose document its own host served just now; it is added to no home timeline, or with `for_hashtags` to those of its
    hashtags' followers.

    None if it was deleted before it arrived. `author`: the result of `ensure_actor` for this document, to avoid a second look-up. The
    parent of a reply is looked for before the reply is shown, because it may require approval. With `unseen` that is left to others: the
    worker, or a caller with `with_ancestors` False, who then calls `show_unseen`.

    Raises what `ensure_post` does, and BadInput for a post that is not public or unlisted unless it `may_be_private`.
    """
    if not is_post(document) or is_vote(document):
        raise BadInput(code="no_post_at_address", detail=f"type {str(document.get('type'))[:50]!r}")
    author_uri = author_of(document)
    if not same_host(
        author_uri, as_id(document.get("id"))
    ):  # check first: no author is fetched for a post that can't be trusted
        raise BadInput(code="no_post_at_address", detail="it has no author, or one of another server")
    if author is None or author.uri != author_uri:
        author = await remote_actors.ensure_actor(author_uri)
    parsed = _parsed(document, author)
    if parsed.visibility > Visibility.unlisted and not may_be_private:
        raise BadInput(code="no_post_at_address", detail="it is not public")
    post = await receive_post(
        author=author,
        document=parsed,
        delivered=False,
        with_ancestors=with_ancestors,
        is_looked_at=not (unseen and with_ancestors),
        for_hashtags=for_hashtags,
    )
    if post is not None and post.state == PostGraph.unseen and not unseen:
        await _look_and_show(post, with_ancestors=with_ancestors, for_hashtags=for_hashtags)
    return post


async def _look_and_show(post: Post, *, with_ancestors: bool, for_hashtags: bool) -> None:
    """Show a fetched reply after looking for its parent. If there is no free slot, it is left to the worker."""
    try:
        await look_for(post, fetch_parent)
    except slots.NoSlot:
        await Post.objects.filter(pk=post.pk, state=PostGraph.unseen.name).aupdate(state_due_at=clock.now())
        return
    if await show_unseen(post, with_ancestors=with_ancestors) and for_hashtags:
        async with async_atomic():
            await bring_to_hashtags(post)


async def look_for(post: Post, fetch: Callable[[str], Awaitable[None]]) -> None:
    """Fetch the parent of a reply with `fetch`, once and for a few seconds, before the reply is shown. Whatever the result, it may be
    shown then.

    Unresponsive hosts are not asked: a dead server must not hide replies or delay mentions. Raises NoSlot.
    """
    host = peers.host_of(post.in_reply_to_uri)
    try:
        if post.in_reply_to_uri and not slots.is_silent(host):
            async with asyncio.timeout(_PARENT_S):
                await fetch(post.in_reply_to_uri)
    except slots.NoSlot:
        raise
    except TimeoutError:
        slots.note_silence(host)
        log.info("post.parent_not_fetched", post=post.pk, kind="timeout", detail="")
    except Problem as problem:
        log.info("post.parent_not_used", post=post.pk, reason=problem.detail or problem.sentence)
    except Exception:
        # a bug of ours must neither hide the reply nor lose it
        log.exception("post.parent_failed", post=post.pk)


def _parsed(document: Mapping[str, Any], author: Identity) -> PostDocument:
    return parse_post(
        document, author_followers_url=author.followers_url, author_following_url=author.following_url
    )
