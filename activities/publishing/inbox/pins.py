"""Incoming Add and Remove: posts that an actor pins, and hashtags that it features. Only the actor's own collections count."""

import datetime as dt
from collections.abc import Iterable, Mapping

from activities.posts.models import Pin, Post
from activities.posts.queries.posts import id_by_uri
from activities.publishing.inbox.groups import moderate_directly
from activities.publishing.services.pins import MAX_PINS, add_remote_pin, is_latest_about_pin
from activities.tags.services.following import feature_remote_tag, unfeature_tag
from core import clock
from core.db import sql
from core.texts import normal_tag
from federation.documents import host_of, id_of, same_host, text
from federation.registry import Dependency, Handled, IncomingActivity, Later, done, ignored, needs, on
from users.collections.inbox import receive_bare_removal
from users.domains.queries import is_local_host
from users.identities.inbox import actor_of
from users.identities.models import Identity
from users.relations.queries.relationships import has_local_followers
from users.relations.services.revoked_activities import record_latest

_REMOVE_MAY_COME_FOR = dt.timedelta(minutes=1)
_AGAIN_AFTER = dt.timedelta(seconds=10)


@needs("Add")
async def require_pinned_post(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the post that its author pins, while fewer than PINS of theirs are stored. Posts of other hosts are not fetched."""
    author = await Identity.objects.filter(uri=activity.actor, deleted_at=None).afirst()
    uri = activity.object_id
    if author is None or not _is_of_pinned(activity, author) or not same_host(uri, author.uri):
        return []
    if await is_local_host(host_of(uri)) or await id_by_uri(uri) is not None:
        return []
    return [] if await _has_all_pins(author) else [Dependency(uri, "object")]


def _target(activity: IncomingActivity) -> str:
    return id_of(activity.document.get("target"))


def _is_of_pinned(activity: IncomingActivity, author: Identity) -> bool:
    return bool(author.featured_url) and _target(activity) == author.featured_url


@on("Add")
@on("Remove")
async def receive_pin(activity: IncomingActivity) -> Handled:
    """Pin or unpin the actor's own post. A Remove may also name a post in a group of the moderator's server, a collection, or a member of one."""
    author = await actor_of(activity)
    if not _is_of_pinned(activity, author):
        if activity.type == "Remove" and await moderate_directly(
            activity, activity.document, is_removed=True
        ):
            return done()
        if activity.type == "Remove":
            return await receive_bare_removal(activity)
        return ignored("only pinned posts are followed")
    uri = activity.object_id
    if not same_host(uri, author.uri):
        return ignored("it is no post of the actor")
    if not await is_latest_about_pin(author, uri, activity.said_at):
        return ignored("a later one came before")
    post = await Post.objects.filter(uri=uri, author=author, deleted_at=None).afirst()
    if activity.type == "Add" and (post is None or not await _pin(author, post, activity)):
        if await _has_all_pins(author):
            return _wait_for_remove(activity)
        return ignored("nobody here has this post")
    if post is None:
        return ignored("nobody here has this post")
    if activity.type == "Remove":
        await sql.run(
            "DELETE FROM activities_pin WHERE identity_id = %s AND post_id = %s", [author.pk, post.pk]
        )
    return done()


async def _pin(author: Identity, post: Post, activity: IncomingActivity) -> bool:
    return await add_remote_pin(author_id=author.pk, post_id=post.pk, said_at=activity.said_at)


async def _has_all_pins(author: Identity) -> bool:
    """Return whether the maximum number of posts is pinned. Served by activities_pin_identity."""
    return await Pin.objects.filter(identity=author)[:MAX_PINS].acount() >= MAX_PINS


def _wait_for_remove(activity: IncomingActivity) -> Handled:
    """Wait for a minute: the Remove of another pin, sent before this Add, may still arrive."""
    reason = f"{MAX_PINS} other posts of the actor are pinned"
    if activity.received_at > clock.now() - _REMOVE_MAY_COME_FOR:
        raise Later(reason, _AGAIN_AFTER, is_attempt=False)
    return ignored(reason)


@on("Add", "Hashtag")
@on("Remove", "Hashtag")
async def receive_featured_tag(activity: IncomingActivity) -> Handled:
    """Add a hashtag to those featured on the actor's profile, or remove it. Mastodon's target is `featured`, others' `featuredTags`."""
    author = await actor_of(activity)
    if not _is_of_pinned(activity, author) and _target(activity) not in {author.featured_tags_url} - {""}:
        return ignored("only featured hashtags are followed")
    name = text(activity.object.get("name"), longest=250) if isinstance(activity.object, Mapping) else ""
    name = name.strip().lstrip("#＃")
    if not await record_latest(
        "featured tag", host=author.uri, uri=normal_tag(name), said_at=activity.said_at
    ):
        return ignored("a later one came before")
    if activity.type == "Remove":
        await unfeature_tag(identity=author, name=name)
        return done()
    if not await has_local_followers(author):
        return ignored("it concerns nobody here")
    is_featured = await feature_remote_tag(identity_id=author.pk, name=name)
    return done() if is_featured else ignored("it names no hashtag")
