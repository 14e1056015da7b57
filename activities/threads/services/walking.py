"""A turn of a walk: one queue per host, requested one after another at its pace, until the turn's time is over. Not inside a transaction.

An entry of a collection is only a hint. A post is stored if its own host serves it and it replies to a post of this conversation.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from activities.posts.models import Post, Visibility
from activities.publishing.activitypub import author_of, is_post, is_vote
from activities.publishing.services.fetching import post_at, store_fetched, update_from
from activities.threads.activitypub import Page, contexts_of, is_collection, read_page, replies_in
from activities.threads.models import ThreadWalk
from activities.threads.services.steps import PAGE, POST, Step, Steps
from core.db import own_connection, release_connection, sql
from core.db.statements import Statement
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from core.ratelimit import take_tightest
from federation.documents import as_id, same_host
from federation.fetching import fetch_document, pacing, slots
from federation.peers import host_of, registrable_domain
from users.domains.queries import is_local_host
from users.identities.activitypub.parsing import url_of
from users.identities.services.remote_actors import ensure_actor
from users.relations.services.revoked_activities import was_deleted

log = get_logger(__name__)

MAX_POSTS = 500  # newly stored ones
MAX_POSTS_A_DAY = 1000  # stored by the walks of one conversation
MAX_POSTS_OF_SITE_A_DAY = (
    5000  # stored by all walks from one site, which can generate any number of conversations and posts
)
_DAY_S = 24 * 3600
MAX_REQUESTS = 1500
MAX_PAGES = 40  # of a collection; one without new entries counts for five
MAX_CONTEXTS = 3  # per walk: a post may name any collection as that of its conversation
_BARREN = 5
_MAX_UP = 10  # steps from a listed post to a stored one
_MAX_KNOWN = 300  # posts whose replies are requested
_MAX_HOSTS = 80  # asked concurrently
_MAX_CONNECTIONS = 5  # of the pool, which the rest of the worker needs, too
START_S = 20.0  # no new request after that
TURN_S = 40.0
_SAVE_EVERY_S = 5.0

KNOWN = Statement(
    "threads.known", "The remote posts of a conversation, to ask for their replies.", "activities_post_thread"
)


class Walk:
    """One turn. `run` may raise database errors; errors of other servers become the row's `reason`."""

    def __init__(self, row: ThreadWalk, post: Post) -> None:
        self.row = row
        self.steps = Steps(ahead=row.ahead, seen=row.seen, hosts=row.hosts)
        self._opened = post.pk
        self._conversation = post.conversation_id
        self._waiting: dict[str, list[Step]] = {}  # URI of a post → its replies
        self._now: dict[str, Step | None] = {}  # host → its current step
        self._stop_at = time.monotonic() + START_S
        self._connections = asyncio.Semaphore(_MAX_CONNECTIONS)
        self._broken: Exception | None = None

    async def add_known(self) -> None:
        """Begin with the stored posts: the opened one, and all others of its conversation."""
        known = await sql.column(
            KNOWN(
                f"""SELECT p.uri FROM activities_post p WHERE p.conversation_id = %(conversation)s AND NOT p.is_local
                    AND p.visibility <= {Visibility.unlisted.value} AND p.deleted_at IS NULL AND p.boost_of_id IS NULL
                    ORDER BY p.id = %(opened)s DESC, p.id LIMIT {_MAX_KNOWN}""",
                conversation=self._conversation,
                opened=self._opened,
            )
        )
        for uri in known:
            self.steps.add(Step(POST, uri))

    @property
    def is_over(self) -> bool:
        """True if nothing is queued, or the walk has reached its limits."""
        return (
            not self.steps.queues or self.row.posts >= MAX_POSTS or self.row.requests >= MAX_REQUESTS
        ) and not self._now

    async def run(self) -> None:
        slots.is_bounded.set(True)
        pacing.is_paced.set(True)
        try:
            async with asyncio.timeout(TURN_S), asyncio.TaskGroup() as group:
                self._start(group)
                saved_at = time.monotonic()
                await release_connection()
                while self._now:
                    await asyncio.sleep(0.05)
                    if time.monotonic() >= saved_at + _SAVE_EVERY_S:
                        await self.save()
                        await release_connection()
                        saved_at = time.monotonic()
        except TimeoutError:  # skip what was requested then, or it would use up every turn
            self._note(f"no answer within {TURN_S:.0f} s from {', '.join(list(self._now)[:3])}")
            self._now.clear()
        if self._broken is not None:
            raise self._broken
        if self.steps.queues:
            for steps in self._waiting.values():
                for step in steps:
                    self.steps.push(step)
        await self.save()

    async def save(self) -> None:
        """Store the progress of the walk."""
        ahead = [*(step for step in self._now.values() if step is not None), *self.steps.all()]
        await ThreadWalk.objects.filter(pk=self.row.pk).aupdate(
            ahead=msgspec.to_builtins(ahead),
            seen=list(self.steps.seen),
            hosts=self.steps.hosts,
            posts=self.row.posts,
            requests=self.row.requests,
            contexts=self.row.contexts,
            reason=self.row.reason,
            began_at=self.row.began_at,
        )

    @property
    def _may_go_on(self) -> bool:
        return (
            time.monotonic() < self._stop_at
            and self._broken is None
            and self.row.posts < MAX_POSTS
            and self.row.requests < MAX_REQUESTS
            and not pacing.wait_s()
        )

    def _start(self, group: asyncio.TaskGroup) -> None:
        if not self._may_go_on:
            return
        for host, queue in list(self.steps.queues.items()):
            if len(self._now) >= _MAX_HOSTS:
                return
            if host not in self._now and queue:
                self._now[host] = None
                group.create_task(self._ask(group, host), name=f"walk:{host}"[:100])

    async def _ask(self, group: asyncio.TaskGroup, host: str) -> None:
        """Take the steps of one host, until there are none or the turn is over."""
        async with own_connection():
            while self._may_go_on and (queue := self.steps.queues.get(host)):
                step = self._now[host] = queue.popleft()
                if not queue:
                    del self.steps.queues[host]
                try:
                    await self._take(step)
                except slots.NoSlot as error:
                    self._now[host] = None
                    self.steps.push(step, first=True)
                    await release_connection()
                    await asyncio.sleep(error.after_s)
                except Exception as error:
                    self.steps.push(step, first=True)
                    self._broken = error
                self._now[host] = None
                self._start(group)
        self._now.pop(host, None)
        self._start(group)

    async def _take(self, step: Step) -> None:
        try:
            is_useful = await (self._take_page(step) if step.kind == PAGE else self._take_post(step))
        except slots.NoSlot:
            raise
        except FetchError as error:
            is_useful = False
            self._note(error.reason)
        except Problem as problem:
            is_useful = False
            self._note(problem.detail or problem.sentence)
        if is_useful is not None:
            self.steps.count_response(step.host, is_useful=is_useful)

    def _note(self, reason: str) -> None:
        self.row.reason = reason[:300]
        log.info("thread.left_out", post=self._opened, reason=reason[:300])

    async def _fetch(self, uri: str) -> dict[str, Any]:
        self.row.requests += 1
        return await fetch_document(uri)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        """Bound the connections of all these tasks. None is held while waiting for another server or a turn."""
        async with self._connections:
            try:
                yield
            finally:
                await release_connection()

    async def _take_page(self, step: Step) -> bool | None:
        """Add the entries of a page. Returns whether the response was productive; None if there was no request."""
        async with self._connection():
            is_ours = await is_local_host(step.host)
        if is_ours:
            return None
        document = await self._fetch(step.uri)
        if not is_collection(document):
            self._note(f"no collection: {step.uri}")
            return False
        return self._add_page(read_page(document, step.uri), step.number + 1)

    def _add_page(self, page: Page, number: int) -> bool:
        """Add the entries of a page, and its next one unless there are too many. Return whether any of them is new."""
        news = sum(self.steps.add(Step(POST, item.uri), item.note) for item in page.items)
        number += 0 if news or not number else _BARREN - 1
        if page.next_page and number < MAX_PAGES:
            self.steps.add(Step(PAGE, page.next_page, number))
        return news > 0 or number <= 1

    async def _take_post(self, step: Step) -> bool | None:
        async with self._connection():
            post = await Post.objects.filter(uri=step.uri).select_related("author").afirst()
            is_here = post is not None and await self._is_asked_for_replies(post)
            is_unwanted = post is None and (await is_local_host(step.host) or await was_deleted(step.uri))
        if post is not None:
            return await self._take_known(post) if is_here else None
        if is_unwanted:
            return None
        document = self.steps.held(step.uri) or await self._fetch(step.uri)
        if not is_post(document) or is_vote(document) or not same_host(author_of(document), step.uri):
            self._note(f"no post: {step.uri}")
            return False
        uri, parent_uri = as_id(document.get("id")), next(iter(_answered(document)), "")
        async with self._connection():
            known = await post_at(uri) if uri != step.uri else None  # an alias of it
            parent = await post_at(parent_uri) if parent_uri else None
            is_here = parent is not None and await self._is_here(parent)
        self.steps.see(uri)
        if known is not None:
            return None
        if parent is None:
            return self._wait_for(parent_uri, step, document)
        if not is_here:
            self._note(f"of another conversation: {step.uri}")
            return False
        return await self._store(document)

    async def _has_room(self, uri: str) -> bool:
        """Return whether a post may be stored today. No user asked for this one in particular."""
        site = registrable_domain(host_of(uri))
        uses = ((f"walked:{site}", MAX_POSTS_OF_SITE_A_DAY), (f"walked:{self.row.pk}", MAX_POSTS_A_DAY))
        async with self._connection():
            return (await take_tightest(uses, _DAY_S)).allowed

    async def _store(self, document: Mapping[str, Any]) -> bool:
        if not await self._has_room(as_id(document.get("id"))):
            self._note("enough was brought today from there, or for this conversation")
            return False
        author = await ensure_actor(author_of(document))  # hold no database connection during the request
        await release_connection()
        async with self._connection():
            stored = await store_fetched(document, author=author, may_be_private=False, for_hashtags=True)
            if stored is None or not await self._is_here(stored):
                return False
        self.row.posts += 1
        self._explore(document)
        self._free(stored)
        return True

    async def _is_asked_for_replies(self, post: Post) -> bool:
        is_shown = post.deleted_at is None and post.visibility <= Visibility.unlisted
        return is_shown and not post.is_local and await self._is_here(post)

    async def _take_known(self, post: Post) -> bool:
        """Request the replies of a stored post; this also applies a missed edit."""
        self._free(post)
        document = self.steps.held(post.uri) or await self._fetch(post.uri)
        async with self._connection():
            await update_from(post, document)
        self._explore(document)
        return True

    def _free(self, parent: Post) -> None:
        """Queue the steps again that waited for this post."""
        for step in self._waiting.pop(parent.uri, ()):
            self.steps.push(step, first=True)

    def _explore(self, document: Mapping[str, Any]) -> None:
        """Add the replies of a post, and the collection of its whole conversation."""
        self._add_page(replies_in(document), 0)
        for uri in contexts_of(document):
            if self.row.contexts < MAX_CONTEXTS:
                self.row.contexts += self.steps.add(Step(PAGE, uri))

    def _wait_for(self, parent_uri: str, step: Step, document: Mapping[str, Any]) -> bool | None:
        """Keep a post until its parent is found to be of this conversation; otherwise it is not stored."""
        if not host_of(parent_uri) or step.number >= _MAX_UP:
            self._note(f"of no conversation that is here: {step.uri}")
            return False
        self.steps.hold(step.uri, document)
        self._waiting.setdefault(parent_uri, []).append(step)
        self.steps.add(Step(POST, parent_uri, step.number + 1))
        return None

    async def _is_here(self, post: Post) -> bool:
        """Return whether a post is of this conversation, which may have been merged with another one in the meantime."""
        if post.conversation_id == self._conversation:
            return True
        self._conversation = await sql.value(
            "SELECT conversation_id FROM activities_post WHERE id = %s", [self._opened]
        )
        return post.conversation_id == self._conversation


def _answered(document: Mapping[str, Any]) -> list[str]:
    values = document.get("inReplyTo")
    return [uri for uri in map(url_of, values if isinstance(values, list) else [values]) if uri]
