"""React to statuses with emoji, as clients of Pleroma and of glitch-soc do. Given a boost, all of these apply to its original.

`emoji` is a Unicode emoji, or `shortcode`, `:shortcode:` or `shortcode@host` of a custom one. A remote one can be used if the status has
a reaction with it.
"""

from activities.posts.queries.posts import get_post
from activities.posts.queries.views import ReactionView
from activities.reactions.activitypub import read_name
from activities.reactions.queries import accounts_by_reaction
from activities.reactions.services import reacting
from api.endpoints.statuses.actions import status_after_undo
from api.endpoints.statuses.statuses import status_for_caller
from api.entities.account import account
from api.entities.reaction import EmojiReaction, emoji_reactions
from api.entities.status import Status
from api.parameters import Id
from api.routing import Call, endpoint
from users.identities.queries.profiles import load_profiles


@endpoint("GET", "/api/v1/pleroma/statuses/<id>/reactions", scope="read:statuses", auth="either")
async def reactions(call: Call, id: Id) -> list[EmojiReaction]:
    """Return the reactions to a status with the first accounts of each."""
    post = (await get_post(id, call.viewer)).shown
    return await _with_accounts(call, post.id, post.reactions)


@endpoint("GET", "/api/v1/pleroma/statuses/<id>/reactions/<emoji>", scope="read:statuses", auth="either")
async def reactions_with(call: Call, id: Id, emoji: str) -> list[EmojiReaction]:
    """Return the same for one emoji."""
    post = (await get_post(id, call.viewer)).shown
    name = read_name(emoji)
    asked = [one for one in post.reactions if name and (one.name, one.host) == (name.name, name.host)]
    return await _with_accounts(call, post.id, asked)


async def _with_accounts(call: Call, post_id: int, asked: list[ReactionView]) -> list[EmojiReaction]:
    if not asked:
        return []
    people = await accounts_by_reaction(post_id, asked, call.viewer)
    profiles = await load_profiles({one for ids in people.values() for one in ids})
    accounts = {one: account(profile, call.domain) for one, profile in profiles.items()}
    answer = emoji_reactions(asked, call.domain)
    for view, one in zip(asked, answer, strict=True):
        one.accounts = [accounts[who] for who in people.get((view.name, view.host), []) if who in accounts]
    return answer


@endpoint(
    "PUT",
    "/api/v1/pleroma/statuses/<id>/reactions/<emoji>",
    scope="write:favourites",
    auth="user",
    only_verb=True,
)
async def put(call: Call, id: Id, emoji: str) -> Status:
    return await status_for_caller(call, await reacting.react(identity=call.me, post_id=id, emoji=emoji))


@endpoint("DELETE", "/api/v1/pleroma/statuses/<id>/reactions/<emoji>", scope="write:favourites", auth="user")
async def delete(call: Call, id: Id, emoji: str) -> Status:
    return await status_after_undo(call, await reacting.unreact(identity=call.me, post_id=id, emoji=emoji))


@endpoint("POST", "/api/v1/statuses/<id>/react/<emoji>", scope="write:favourites", auth="user")
async def react(call: Call, id: Id, emoji: str) -> Status:
    return await status_for_caller(call, await reacting.react(identity=call.me, post_id=id, emoji=emoji))


@endpoint("POST", "/api/v1/statuses/<id>/unreact/<emoji>", scope="write:favourites", auth="user")
async def unreact(call: Call, id: Id, emoji: str) -> Status:
    return await status_after_undo(call, await reacting.unreact(identity=call.me, post_id=id, emoji=emoji))
