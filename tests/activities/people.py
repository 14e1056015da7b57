"""Users and posts created directly in the database, so that a table with hundreds of cases stays fast."""

import datetime as dt
from typing import Any

from activities.posts.models import Mention, Post, PostGraph, Visibility
from core import clock
from core.ids import new_id
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services.search_names import index_name
from users.relations.models import Block, Follow, Mute


async def make_domain(name: str = "home.test", **more: Any) -> Domain:
    return await Domain.objects.acreate(name=name, **more)


async def make_local(username: str, domain: Domain, **more: Any) -> Identity:
    uri = f"{domain.base_url}/users/{username}"
    identity = await Identity.objects.acreate(
        username=username,
        host=domain.name,
        domain=domain,
        uri=uri,
        profile_url=f"{domain.base_url}/@{username}",
        inbox_url=f"{uri}/inbox",
        shared_inbox_url=f"{domain.base_url}/inbox",
        followers_url=f"{uri}/followers",
        created_at=clock.now(),
        **more,
    )
    await index_name(identity)
    return identity


async def make_remote(username: str, host: str = "far.test", **more: Any) -> Identity:
    uri = more.pop("uri", f"https://{host}/users/{username}")
    identity = await Identity.objects.acreate(
        username=username,
        host=host,
        uri=uri,
        profile_url=f"https://{host}/@{username}",
        inbox_url=f"{uri}/inbox",
        **{"shared_inbox_url": f"https://{host}/inbox", **more},
        followers_url=f"{uri}/followers",
        created_at=clock.now(),
    )
    await index_name(identity)
    return identity


async def follow(source: Identity, target: Identity, *, accepted: bool = True, **more: Any) -> Follow:
    return await Follow.objects.acreate(
        source=source, target=target, accepted_at=clock.now() if accepted else None, **more
    )


async def block(source: Identity, target: Identity) -> Block:
    return await Block.objects.acreate(source=source, target=target)


async def mute(source: Identity, target: Identity, **more: Any) -> Mute:
    return await Mute.objects.acreate(source=source, target=target, **more)


async def make_post(
    author: Identity,
    visibility: Visibility = Visibility.public,
    *,
    boost_of: Post | None = None,
    in_reply_to: Post | None = None,
    mentions: tuple[Identity, ...] = (),
    silent: tuple[Identity, ...] = (),
    **more: Any,
) -> Post:
    """Create a post in its final state, as if it had been fanned out long ago."""
    post_id = more.pop("id", None) or new_id()
    values: dict[str, Any] = {
        "uri": f"{author.uri}/statuses/{post_id}",
        "content": "" if boost_of else "<p>words</p>",
        "created_at": clock.now(),
        "conversation_id": in_reply_to.conversation_id if in_reply_to else post_id,
        "in_reply_to_author_id": in_reply_to.author_id if in_reply_to else None,
        "state": PostGraph.fanned_out.name,
        "state_due_at": None,
        **more,
    }
    post = await Post.objects.acreate(
        id=post_id,
        author=author,
        is_local=author.is_local,
        visibility=visibility,
        boost_of=boost_of,
        in_reply_to=in_reply_to,
        **values,
    )
    for people, is_silent in ((mentions, False), (silent, True)):
        for identity in people:
            await Mention.objects.acreate(post=post, identity=identity, is_silent=is_silent)
    return post


def ago(**amount: float) -> dt.datetime:
    return clock.now() - dt.timedelta(**amount)
