"""Hashtags: followed, featured (docs.joinmastodon.org/methods/tags, followed_tags, featured_tags)."""

from typing import Annotated

import msgspec

from activities.tags import queries
from activities.tags.queries import HashtagView, hashtag_named
from activities.tags.services import following
from api.entities.empty import Empty
from api.entities.tag import FeaturedTag, Tag, featured_tag
from api.pagination import Cursors, link_rows
from api.parameters import Id, Limit
from api.people import profile_for
from api.routing import Call, endpoint
from api.tags import tags_of
from core import clock
from core.errors import NotFound
from core.texts import is_hashtag, normal_tag


async def _shown(call: Call, tag: HashtagView) -> Tag:
    return (await tags_of(call, [tag]))[0]


@endpoint("GET", "/api/v1/tags/<hashtag>", auth="either")
async def show(call: Call, hashtag: str) -> Tag:
    """Return a hashtag, whether or not it is in use."""
    if not is_hashtag(hashtag):
        raise NotFound
    found = await hashtag_named(hashtag)
    return await _shown(call, found or HashtagView(0, normal_tag(hashtag), hashtag, clock.now()))


@endpoint("POST", "/api/v1/tags/<hashtag>/follow", scope="write:follows", auth="user")
async def follow(call: Call, hashtag: str) -> Tag:
    """Follow a hashtag: its public posts are added to the home timeline from now on."""
    return await _shown(call, await following.follow_tag(identity=call.me, name=hashtag))


@endpoint("POST", "/api/v1/tags/<hashtag>/unfollow", scope="write:follows", auth="user")
async def unfollow(call: Call, hashtag: str) -> Tag:
    return await _shown(call, await following.unfollow_tag(identity=call.me, name=hashtag))


async def _name_of(hashtag: str) -> str:
    """Return the hashtag's name.

    The documentation specifies an id, but clients send names. Digits alone are an id, because a name can't be numeric.
    """
    if hashtag.isascii() and hashtag.isdigit() and len(hashtag) <= 18:
        found = await queries.hashtag_by_id(int(hashtag))
        if found is None:
            raise NotFound
        return found.name
    return hashtag


@endpoint("POST", "/api/v1/tags/<hashtag>/feature", scope="write:accounts", auth="user")
async def feature(call: Call, hashtag: str) -> Tag:
    """Feature the hashtag with this name or id on the caller's profile."""
    _, tag = await following.feature_tag(identity=call.me, name=await _name_of(hashtag))
    return await _shown(call, tag)


@endpoint("POST", "/api/v1/tags/<hashtag>/unfeature", scope="write:accounts", auth="user")
async def unfeature(call: Call, hashtag: str) -> Tag:
    name = await _name_of(hashtag)
    await following.unfeature_tag(identity=call.me, name=name)
    return await show(call, name)


class TagPage(Cursors, kw_only=True):
    limit: Annotated[int, Limit(100, 200)] = 100


@endpoint("GET", "/api/v1/followed_tags", scope="read:follows", auth="user")
async def followed(call: Call, asked: TagPage) -> list[Tag]:
    rows = await queries.followed_tags(call.me, asked.page(asked.limit))
    link_rows(call, [row_id for row_id, _ in rows], limit=asked.limit)
    return await tags_of(call, [tag for _, tag in rows])


@endpoint("GET", "/api/v1/featured_tags", scope="read:accounts", auth="user")
async def featured(call: Call) -> list[FeaturedTag]:
    return [featured_tag(one, call.me) for one in await queries.featured_tags(call.me.pk)]


@endpoint("GET", "/api/v1/accounts/<id>/featured_tags", auth="either")
async def featured_by(call: Call, id: Id) -> list[FeaturedTag]:
    profile = await profile_for(call, id)
    if profile.is_hidden:
        return []
    return [featured_tag(one, profile) for one in await queries.featured_tags(id)]


class TagName(msgspec.Struct):
    name: str = ""


@endpoint("POST", "/api/v1/featured_tags", scope="write:accounts", auth="user")
async def add(call: Call, asked: TagName) -> FeaturedTag:
    row_id, _ = await following.feature_tag(identity=call.me, name=asked.name)
    return featured_tag((await queries.featured_tags(call.me.pk, only_id=row_id))[0], call.me)


@endpoint("DELETE", "/api/v1/featured_tags/<id>", scope="write:accounts", auth="user")
async def remove(call: Call, id: Id) -> Empty:
    await following.unfeature_tag(identity=call.me, row_id=id)
    return Empty()


@endpoint("GET", "/api/v1/featured_tags/suggestions", scope="read:accounts", auth="user")
async def suggested(call: Call) -> list[Tag]:
    """Return the hashtags that the caller used most recently and does not feature yet."""
    return await tags_of(call, await queries.tags_to_feature(call.me.pk))
