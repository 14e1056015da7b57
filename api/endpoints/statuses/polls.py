"""Polls (docs.joinmastodon.org/methods/polls). A poll has the id of its status."""

import msgspec

from activities.polls import services as polls
from activities.posts.queries.posts import get_post
from activities.posts.queries.views import PostView
from api.entities.poll import Poll, poll
from api.parameters import Id
from api.routing import Call, endpoint
from core.errors import BadInput, NotFound


async def _question(call: Call, post_id: int) -> PostView:
    post = await get_post(post_id, call.viewer)
    if post.question is None:
        raise NotFound
    return post


@endpoint("GET", "/api/v1/polls/<id>", scope="read:statuses", auth="either")
async def show(call: Call, id: Id) -> Poll:
    """Return a poll as stored. If a signed-in user reads a remote one, it is refreshed for the next time."""
    post = await _question(call, id)
    if call.viewer is not None and not post.is_local:
        await polls.request_results(id)
    return poll(post, call.domain, call.viewer)


class Votes(msgspec.Struct):
    choices: list[int] = []


@endpoint("POST", "/api/v1/polls/<id>/votes", scope="write:statuses", auth="user")
async def vote(call: Call, id: Id, votes: Votes) -> Poll:
    """Vote for these options, by their indexes from 0."""
    if not votes.choices:
        await _question(call, id)
        raise BadInput(code="parameter_missing", status=400, name="choices")
    await polls.vote(identity=call.me, post_id=id, choices=votes.choices)
    return poll(await _question(call, id), call.domain, call.viewer)
