"""Reactions whose actors are hostile: they go with the actor, and a crowd of them hides nobody's own."""

import pytest

from activities.posts.models import Post
from activities.posts.queries.posts import MAX_REACTIONS, get_post
from activities.reactions.models import Reaction
from core.ids import new_id
from federation.models import Policy
from federation.peers import set_policy
from tests.activities.people import block, make_post, make_remote
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio


async def react(post: Post, who: Identity, name: str) -> None:
    await Reaction.objects.acreate(id=new_id(), identity=who, post=post, name=name, host="")


async def counted(post: Post, viewer: Identity | None) -> dict[str, int]:
    return {one.name: one.count for one in (await get_post(post.pk, viewer)).reactions}


async def test_reactions_of_suspended_or_blocked_people_are_hidden(alice: Identity) -> None:
    """Their pictures would stay under posts, after their profiles are hidden."""
    post = await make_post(alice)
    good, evil, far = [await make_remote(name, f"{name}.test") for name in ("good", "evil", "far")]
    for who, name in ((good, "good"), (evil, "evil"), (far, "far"), (evil, "good")):
        await react(post, who, name)
    assert await counted(post, None) == {"good": 2, "evil": 1, "far": 1}
    evil.restriction = Restriction.suspended
    await evil.asave(update_fields=["restriction"])
    await set_policy(host="far.test", policy=Policy.blocked)
    assert await counted(post, None) == await counted(post, alice) == {"good": 1}


async def test_reactions_of_those_one_blocked_are_not_shown_to_one(alice: Identity) -> None:
    post = await make_post(alice)
    evil = await make_remote("evil", "evil.test")
    await react(post, evil, "evil")
    await block(alice, evil)
    assert await counted(post, alice) == {}
    assert await counted(post, None) == {"evil": 1}


async def test_the_viewers_own_reaction_is_shown_among_many(alice: Identity) -> None:
    post = await make_post(alice)
    await react(post, alice, "mine")
    for number in range(2):
        evil = await make_remote(f"evil{number}", "evil.test")
        await Reaction.objects.abulk_create(
            Reaction(id=new_id(), identity=evil, post=post, name=f"e{kind}", host="evil.test")
            for kind in range(MAX_REACTIONS + 10)
        )
    shown = await counted(post, alice)
    assert len(shown) == MAX_REACTIONS
    assert shown.get("mine") == 1
