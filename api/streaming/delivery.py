"""Delivery of notices to clients: find the streams, check visibility (one query for all viewers), render once per domain."""

import datetime as dt
from collections.abc import Iterable
from enum import Enum
from itertools import groupby

import msgspec

from activities.announcements.queries import announcement_on
from activities.conversations.queries import conversations
from activities.filters import queries as filters
from activities.filters.queries import PersonFilters
from activities.lists.queries import lists_showing
from activities.markers.queries import last_read_id
from activities.notifications.queries.notifications import count_newer, notifications
from activities.posts.events import FollowersPiece
from activities.posts.models import Visibility
from activities.posts.queries.views import PostView, as_shown_on
from activities.streaming import queries as live
from activities.streaming.queries import PostFacts
from api.entities.announcement import announcement, streamed_reaction
from api.entities.conversation import conversation
from api.entities.filter_result import filter_results
from api.entities.notification import notification
from api.entities.status import Status, status
from api.entities.viewpoint import Viewpoint
from api.streaming.client import Client
from api.streaming.connections import Connections
from api.streaming.message import Message, entity_message
from api.streaming.streams import CONVERSATION, DIRECT, LIST, NOTIFICATIONS, USER, Stream, local_anchor
from core import clock
from core.db.paging import Page
from federation.policies.domains import reading_for
from users.domains.models import Domain
from users.identities.queries import identities

MAX_AGE = dt.timedelta(hours=6)  # older posts that were only now fetched are not sent to public streams


class Place(Enum):
    """A kind of timeline, which determines whose posts it shows to whom (activities/posts/queries/visibility.py)."""

    chosen = "a timeline of authors whom somebody chose"
    anyone = "a timeline of anyone"
    thread = "a conversation"


type Wanted = dict[tuple[int, Place], list[tuple[Client, Stream]]]
"""(post id, place) → the clients that get it, if they may see it."""


async def deliver(hub: Connections, notices: Iterable[str]) -> None:
    """Deliver the events of these notices (activities/streaming/services.py) to subscribed clients, in order."""
    for kind, group in groupby((notice.partition(" ") for notice in notices), key=lambda parts: parts[0]):
        texts = [rest for _, _, rest in group]
        if kind in {"update", "status.update", "delete"}:
            ids = list(dict.fromkeys(int(one) for text in texts for one in text.split(",")))
            await (_deliver_deletes(hub, ids) if kind == "delete" else _deliver_posts(hub, kind, ids))
        elif kind == "delete_for":
            for text in texts:
                post_id, _, readers = text.partition(" ")
                await _deliver_delete_to(hub, int(post_id), {int(one) for one in readers.split(",")})
        elif kind == "at_home":
            await _deliver_at_homes(hub, [FollowersPiece(*map(int, text.split(":"))) for text in texts])
        elif kind == "notified":
            pairs = (one.partition(":") for text in texts for one in text.split(","))
            await _deliver_notifications(hub, [(int(who), int(what)) for who, _, what in pairs])
        elif kind == "notifications_read":
            for text in dict.fromkeys(texts):
                await _deliver_unread(hub, int(text))
        elif kind == "voted":
            for text in texts:
                voter, _, post_id = text.partition(" ")
                _offer(_pages_of(hub, int(voter)), (USER, int(voter)), Message("voted", post_id))
        elif kind == "joined":
            for text in texts:
                new, _, old = text.partition(":")
                hub.move(CONVERSATION, int(old), int(new))
        elif kind == "token":
            for text in texts:
                hub.end_token(int(text))
        elif kind == "access_ended":
            await hub.check_tokens()
        elif kind == "filters_changed":
            for text in texts:
                _offer(hub.listening(USER, int(text)), (USER, int(text)), Message(kind, None))
        elif kind.startswith("announcement"):
            for text in texts:
                await _deliver_announcement(hub, kind, text)


def _offer(clients: Iterable[Client], key: tuple[str, int | str], message: Message) -> None:
    for client in list(clients):
        for stream in client.streams:
            if stream.key == key:
                client.offer(message, stream)


# --- posts ---------------------------------------------------------------------------------------------------------


def _public_keys(facts: PostFacts) -> list[tuple[str, int | str]]:
    """Return the public streams and hashtags of a post, by the conditions of those timelines."""
    keys: list[tuple[str, int | str]] = []
    if not facts.answers_another:
        names: list[tuple[str, int | str]] = []
        if facts.is_for_everyone:
            names += [("public", 0)] if facts.is_local else [("public", 0), ("public:remote", 0)]
        if facts.is_for_domain and facts.domain_id is not None:
            names.append(("public:local", facts.domain_id))
        keys += names
        if facts.has_media:
            keys += [(f"{name}:media", anchor) for name, anchor in names]
    if facts.is_for_everyone:
        for tag in facts.tags:
            keys.append(("hashtag", tag))
            if facts.domain_id is not None:
                keys.append(("hashtag:local", local_anchor(facts.domain_id, tag)))
    return keys


async def _deliver_posts(hub: Connections, event: str, ids: list[int]) -> None:
    facts = {one.id: one for one in await live.facts_of(ids)}
    wanted: Wanted = {}

    def add(post_id: int, key: tuple[str, int | str], place: Place = Place.chosen) -> None:
        _want(wanted, hub, post_id, key, place)

    for post_id, identity_id in await live.in_homes(ids, hub.anchors(USER)):  # type: ignore[arg-type]
        add(post_id, (USER, identity_id))
    for post_id, list_id in await lists_showing(ids, hub.anchors(LIST)):  # type: ignore[arg-type]
        add(post_id, (LIST, list_id))
    oldest = clock.now() - MAX_AGE
    for one in facts.values():
        if event != "update" or one.created_at > oldest:
            for key in _public_keys(one):
                add(one.id, key, Place.anyone)
        if not one.is_boost:
            add(one.id, (CONVERSATION, one.conversation_id), Place.thread)
        if event == "update" and one.visibility == Visibility.mentioned and not one.is_boost:
            for identity_id in {one.author_id, *one.mentioned}:
                add(one.id, (DIRECT, identity_id))
    if wanted:
        await _send_posts(event, wanted)


async def _deliver_at_homes(hub: Connections, pieces: list[FollowersPiece]) -> None:
    wanted: Wanted = {}
    for post_id, identity_id in await live.newly_in_homes(pieces, hub.anchors(USER)):  # type: ignore[arg-type]
        _want(wanted, hub, post_id, (USER, identity_id), Place.chosen)
    if wanted:
        await _send_posts("update", wanted)


def _want(wanted: Wanted, hub: Connections, post_id: int, key: tuple[str, int | str], place: Place) -> None:
    for client in hub.listening(*key):
        found = wanted.setdefault((post_id, place), [])
        found += [(client, stream) for stream in client.streams if stream.key == key]


async def _send_posts(event: str, wanted: Wanted) -> None:
    shown: set[tuple[int, int, Place]] = set()
    for place in Place:
        pairs = {
            (post_id, client.identity_id)
            for (post_id, where), found in wanted.items()
            if where is place
            for client, _ in found
        }
        shown |= {(*pair, place) for pair in await _shown(pairs, place)}
    posts = {post.id: post for post in await live.load_shown({post_id for post_id, _, _ in shown})}
    viewers = {viewer for _, viewer, _ in shown}
    filtering = await filters.compiled_for_people(viewers)
    quotes = {post.id: post.shown.quote.id for post in posts.values() if post.shown.quote is not None}
    sees = await live.seen_by({(quotes[post], viewer) for post, viewer, _ in shown if post in quotes})
    made: dict[tuple[int, int, bool], Message] = {}
    for (post_id, place), found in wanted.items():
        post = posts.get(post_id)
        if post is None:
            continue
        for client, stream in found:
            if (post_id, client.identity_id, place) not in shown:
                continue
            if stream.key[0] == DIRECT:
                await _offer_conversation(client, stream, post_id)
                continue
            has_quote = (quotes.get(post_id), client.identity_id) in sees
            key = (post_id, client.domain.pk, has_quote)
            seen = post if has_quote else _without_quote(post)
            seen = as_shown_on(seen, client.domain.pk)
            own = filtering.get(client.identity_id)
            with reading_for(client.domain.pk):
                if own is not None and (message := _with_filters(event, seen, client, own)):
                    client.offer(message, stream)
                    continue
                if key not in made:
                    made[key] = entity_message(event, status(seen, Viewpoint(client.domain)))
            client.offer(made[key], stream)


async def _shown(pairs: set[tuple[int, int]], place: Place) -> set[tuple[int, int]]:
    if place is Place.thread:
        return await live.shown_in_thread_to(pairs)
    return await live.shown_to(pairs, by_anyone=place is Place.anyone)


def _without_quote(post: PostView) -> PostView:
    """Return the post for viewers who may not see the quoted one."""
    if post.shown.quote is None:
        return post
    if post.boost_of is not None:
        return msgspec.structs.replace(post, boost_of=_without_quote(post.boost_of))
    return msgspec.structs.replace(post, quote=None)


def _with_filters(event: str, post: PostView, client: Client, own: PersonFilters) -> Message | None:
    """Render a post with the viewer's filter results; None if neither it nor its quote matches a filter."""
    quoted = post.shown.quote
    results, of_quote = filter_results(post, own), filter_results(quoted, own) if quoted else []
    if not results and not of_quote:
        return None
    shown = status(post, Viewpoint(client.domain))
    shown.filtered = results
    inner = (shown.reblog or shown).quote
    if inner is not None and isinstance(inner.quoted_status, Status):
        inner.quoted_status.filtered = of_quote
    return entity_message(event, shown)


async def _offer_conversation(client: Client, stream: Stream, post_id: int) -> None:
    viewer = await identities.by_id(client.identity_id)
    if viewer is None:
        return
    with reading_for(client.domain.pk):
        seen = Viewpoint(client.domain, viewer, await filters.compiled_for(viewer))
        for view in await conversations(viewer, Page(limit=1), only_post_id=post_id):
            entity = conversation(view, seen)
            client.offer(entity_message("conversation", entity), stream)


async def _deliver_deletes(hub: Connections, ids: list[int]) -> None:
    """Send a deletion to everyone who may have the post.

    Its hashtags are already deleted, so every hashtag stream gets that of a public one.
    """
    facts = await live.facts_of(ids)
    viewers = hub.anchors(USER)
    followers: dict[int, list[int]] = {one.author_id: [one.author_id] for one in facts}
    for author_id, follower_id in await live.followers_among(list(followers), viewers):  # type: ignore[arg-type]
        followers[author_id].append(follower_id)
    on_lists: dict[int, list[int]] = {}
    for post_id, list_id in await lists_showing(ids, hub.anchors(LIST)):  # type: ignore[arg-type]
        on_lists.setdefault(post_id, []).append(list_id)
    for one in facts:
        message = Message("delete", str(one.id))
        keys = [(USER, identity_id) for identity_id in followers[one.author_id]]
        keys += [(LIST, list_id) for list_id in on_lists.get(one.id, ())]
        if not one.is_boost and (
            one.visibility <= Visibility.unlisted or one.visibility == Visibility.local_only
        ):
            keys.append((CONVERSATION, one.conversation_id))
        for name, anchor in _public_keys(one):
            keys += [(name, anchor), (f"{name}:media", anchor)]  # type: ignore[list-item]
        if one.is_for_everyone:
            keys += [(name, tag) for name in ("hashtag", "hashtag:local") for tag in hub.anchors(name)]  # type: ignore[misc]
        for key in keys:
            _offer(hub.listening(*key), key, message)


async def _deliver_delete_to(hub: Connections, post_id: int, readers: set[int]) -> None:
    """Send the deletion of a post for a few to them only: other followers of the author would learn that there was one."""
    keys = [(USER, identity_id) for identity_id in readers]
    keys += [(LIST, list_id) for _, list_id in await lists_showing([post_id], hub.anchors(LIST))]  # type: ignore[arg-type]
    for key in keys:
        clients = [one for one in hub.listening(*key) if one.identity_id in readers]
        _offer(clients, key, Message("delete", str(post_id)))


# --- the rest ------------------------------------------------------------------------------------------------------


async def _deliver_notifications(hub: Connections, pairs: list[tuple[int, int]]) -> None:
    for identity_id, notification_id in pairs:
        found = [
            (client, stream)
            for name in (USER, NOTIFICATIONS)
            for client in hub.listening(name, identity_id)
            if client.hears_notifications
            for stream in client.streams
            if stream.key == (name, identity_id)
        ]
        viewer = await identities.by_id(identity_id) if found else None
        if viewer is None:
            continue
        own = await filters.compiled_for(viewer)
        views = await notifications(viewer, Page(limit=1), only_id=notification_id)
        made: dict[int, Message] = {}
        for client, stream in found:
            for view in views:
                if client.domain.pk not in made:
                    seen = Viewpoint(client.domain, viewer, own)
                    with reading_for(client.domain.pk):
                        made[client.domain.pk] = entity_message("notification", notification(view, seen))
                client.offer(made[client.domain.pk], stream)


def _pages_of(hub: Connections, identity_id: int) -> list[Client]:
    """Return the identity's open pages, for events of our own that apps would not know."""
    return [client for client in hub.listening(USER, identity_id) if client.session_id]


async def _deliver_unread(hub: Connections, identity_id: int) -> None:
    """Send the number of unread notifications to the identity's open pages."""
    pages = _pages_of(hub, identity_id)
    viewer = await identities.by_id(identity_id) if pages else None
    if viewer is not None:
        seen = await last_read_id(viewer, "notifications")
        _offer(pages, (USER, identity_id), Message("read", str(await count_newer(viewer, seen))))


async def _deliver_announcement(hub: Connections, kind: str, text: str) -> None:
    announcement_id, _, name = text.partition(" ")
    made: dict[int, Message | None] = {}
    for identity_id in list(hub.anchors(USER)):
        for client in list(hub.listening(USER, identity_id)):
            domain = client.domain
            if domain.pk not in made:
                made[domain.pk] = await _announcement_message(kind, int(announcement_id), name, domain)
            message = made[domain.pk]
            if message is not None:
                _offer([client], (USER, identity_id), message)


async def _announcement_message(kind: str, announcement_id: int, name: str, domain: Domain) -> Message | None:
    """Render an announcement; None on a domain where it is not shown."""
    if kind == "announcement.delete":
        return Message(kind, str(announcement_id))
    view = await announcement_on(domain, announcement_id)
    if view is None:
        return None
    if kind == "announcement":
        return entity_message(kind, announcement(view, for_nobody=True))
    return entity_message(kind, streamed_reaction(view, name))
