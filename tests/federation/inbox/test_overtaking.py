"""Activities of one person about one thing that overtake each other: what was signed last counts, whichever came first."""

import datetime as dt
import itertools
from typing import Any

import pytest

from activities.posts.models import Like, Post
from activities.reactions.models import Reaction
from core import clock
from tests.activities.people import make_domain, make_local, make_post, make_remote
from tests.users.inbox.messages import activity, receive
from users.identities.models import Identity
from users.relations.models import Block, Follow

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
KINDS = ("Follow", "Block", "Like", "EmojiReact", "Announce")


class Doing:
    """Somebody elsewhere does one thing again and again: `do(n)` and `undo(n)` are documents and when they were signed."""

    def __init__(self, kind: str, actor: Identity, ada: Identity, post: Post) -> None:
        self.kind, self.actor, self.post = kind, actor, post
        self.about = ada.uri if kind in ("Follow", "Block") else post.uri
        self.rows: Any = {
            "Follow": Follow.objects.filter(target=ada),
            "Block": Block.objects.filter(target=ada),
            "Like": Like.objects.all(),
            "EmojiReact": Reaction.objects.all(),
            "Announce": Post.objects.filter(boost_of=post, deleted_at=None),
        }[kind]
        self.began = clock.now().replace(microsecond=0) - dt.timedelta(minutes=10)

    def do(self, number: int, **more: Any) -> tuple[dict[str, Any], dt.datetime]:
        content = {"content": "🎉"} if self.kind == "EmojiReact" else {}
        document = activity(self.actor, self.kind, self.about, **content, **more)
        return document, self.began + dt.timedelta(seconds=20 * number)

    def undo(
        self, done: tuple[dict[str, Any], dt.datetime], *, is_bare: bool = False
    ) -> tuple[dict[str, Any], dt.datetime]:
        document, said_at = done
        undone = document["id"] if is_bare else document
        return activity(self.actor, "Undo", undone), said_at + dt.timedelta(seconds=10)

    async def stands(self) -> bool:
        post = await Post.objects.aget(pk=self.post.pk)
        number: int = await self.rows.acount()
        assert number <= 1
        if self.kind in ("Like", "Announce"):
            assert (post.likes_count if self.kind == "Like" else post.boosts_count) == number
        return number == 1


@pytest.fixture(params=KINDS)
async def doing(db: None, request: pytest.FixtureRequest) -> Doing:
    ada = await make_local("ada", await make_domain())
    return Doing(request.param, await make_remote("bob", "good.test"), ada, await make_post(ada))


async def come(*letters: tuple[dict[str, Any], dt.datetime]) -> None:
    for document, said_at in letters:
        assert (await receive(document, said_at=said_at))[0] in {"handled", "skipped"}


@pytest.mark.parametrize("is_bare", [False, True])
async def test_the_latest_activity_stands_in_any_order(doing: Doing, is_bare: bool) -> None:
    for order in itertools.permutations(range(3)):
        first, second = doing.do(1), doing.do(2)
        letters = [first, doing.undo(first, is_bare=is_bare), second]
        await come(*(letters[place] for place in order))
        assert await doing.stands(), order
        await come(*letters)  # again
        assert await doing.stands(), order
        await come(doing.undo(second, is_bare=is_bare))
        assert not await doing.stands(), order


@pytest.mark.parametrize("is_bare", [False, True])
async def test_an_undone_activity_does_not_stand_when_overtaken(doing: Doing, is_bare: bool) -> None:
    for order in itertools.permutations(range(3)):
        first, second = doing.do(1), doing.do(2)
        letters = [first, doing.undo(first, is_bare=is_bare), doing.undo(second, is_bare=is_bare)]
        await come(second, *(letters[place] for place in order))
        assert not await doing.stands(), order


async def test_a_late_undo_of_an_id_that_is_used_again_ends_nothing(doing: Doing) -> None:
    """The Misskey family and others name what somebody does by the two that it is about."""
    first = doing.do(1)
    undo, second = doing.undo(first), doing.do(2)
    second[0]["id"] = first[0]["id"]
    await come(first, undo, second, undo)
    assert await doing.stands()
    await come(doing.undo(second))
    assert not await doing.stands()


async def test_nobody_takes_back_their_own_by_an_undo_of_what_another_did(doing: Doing) -> None:
    await come(doing.do(1))
    for other in ("https://good.test/users/eve", "https://evil.test/users/eve", {"id": "https://x.test/1"}):
        forged = doing.do(2)[0] | {"actor": other}
        undo = activity(doing.actor, "Undo", forged)
        assert await receive(undo) == ("skipped", "it takes back what somebody else did")
    assert await doing.stands()
