"""Follow, block and mute accounts (docs.joinmastodon.org/methods/accounts)."""

from typing import Annotated

import msgspec

from api.entities.relationship import Relationship
from api.parameters import Id, Length
from api.people import relationship_with, relationships_of
from api.routing import Call, endpoint
from users.identities.queries.profiles import load_profiles
from users.relations.services import blocking, following


class FollowOptions(msgspec.Struct):
    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[Annotated[str, Length(35)]] | None = None


@endpoint("POST", "/api/v1/accounts/<id>/follow", scope="write:follows", auth="user")
async def follow(call: Call, id: Id, options: FollowOptions) -> Relationship:
    """Follow, request to follow, or change the options of an existing follow."""
    await following.follow(
        source=call.me,
        target_id=id,
        shows_boosts=options.reblogs,
        notifies=options.notify,
        languages=options.languages,
    )
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/unfollow", scope="write:follows", auth="user")
async def unfollow(call: Call, id: Id) -> Relationship:
    await following.unfollow(source=call.me, target_id=id)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/remove_from_followers", scope="write:follows", auth="user")
async def remove_from_followers(call: Call, id: Id) -> Relationship:
    await following.remove_follower(target=call.me, source_id=id)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/block", scope="write:blocks", auth="user")
async def block(call: Call, id: Id) -> Relationship:
    await blocking.block(source=call.me, target_id=id)
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/unblock", scope="write:blocks", auth="user")
async def unblock(call: Call, id: Id) -> Relationship:
    await blocking.unblock(source=call.me, target_id=id)
    return await relationship_with(call, id)


class MuteOptions(msgspec.Struct):
    """Parameters of a mute. `duration` in seconds; 0: until unmuted."""

    notifications: bool = True
    duration: int = 0


@endpoint("POST", "/api/v1/accounts/<id>/mute", scope="write:mutes", auth="user")
async def mute(call: Call, id: Id, options: MuteOptions) -> Relationship:
    await blocking.mute(
        source=call.me,
        target_id=id,
        hides_notifications=options.notifications,
        expires_in=max(0, options.duration) or None,
    )
    return await relationship_with(call, id)


@endpoint("POST", "/api/v1/accounts/<id>/unmute", scope="write:mutes", auth="user")
async def unmute(call: Call, id: Id) -> Relationship:
    await blocking.unmute(source=call.me, target_id=id)
    return await relationship_with(call, id)


class RelationshipIds(msgspec.Struct):
    id: list[Id] = []
    with_suspended: bool = False


@endpoint("GET", "/api/v1/accounts/relationships", scope="read:follows", auth="user")
async def relationships(call: Call, asked: RelationshipIds) -> list[Relationship]:
    """Return the caller's relationships with these accounts, without unknown ids."""
    from_ids = list(dict.fromkeys(asked.id[:100]))
    profiles = await load_profiles(from_ids)
    known = [
        one
        for one in from_ids
        if one in profiles
        and not profiles[one].is_deleted
        and (asked.with_suspended or not profiles[one].is_hidden)
    ]
    return await relationships_of(call, known)
