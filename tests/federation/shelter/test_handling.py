"""Changes that operators choose for the posts of another server's people, through the signed inbox."""

from typing import Any

import pytest

from activities.posts.models import Post, Visibility
from activities.previews.models import PreviewCard
from activities.timelines.queries import timelines
from core.db.paging import Page
from federation.models import Policy
from federation.peers import set_policy
from federation.policies import Handling
from tests.activities.people import follow
from tests.federation.shelter.test_shelter import Storm, published, storm
from users.identities.models import Identity

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

__all__ = ["storm"]

EVERYTHING = Handling.force_sensitive | Handling.force_unlisted | Handling.strip_links


@pytest.fixture(autouse=True)
async def follower(storm: Storm, her: Identity) -> None:
    """Somebody follows ana: otherwise what mentions nobody would not be stored."""
    await follow(storm.ada, her)


async def handle(storm: Storm, handling: Handling) -> None:
    await set_policy(host=storm.peer.host, policy=Policy.open, handling=handling)


async def federated(storm: Storm) -> set[int]:
    await published()
    return {view.id for view in await timelines.federated(storm.ada, Page())}


def picture(storm: Storm) -> dict[str, Any]:
    url = f"{storm.peer.base_url}/picture.png"
    return {"attachment": [{"type": "Image", "mediaType": "image/png", "url": url}]}


async def test_posts_are_changed_as_chosen_from_then_on(storm: Storm) -> None:
    """What is here stays listed and uncovered; what is taken back holds for later posts."""
    first = await storm.sends(storm.note("First", mentions=False, **picture(storm)))
    await handle(storm, EVERYTHING)
    second = await storm.sends(storm.note("Second", mentions=False, **picture(storm)))
    await handle(storm, Handling.as_sent)
    third = await storm.sends(storm.note("Third", mentions=False))
    assert first is not None
    assert second is not None
    assert third is not None
    assert [(one.visibility, one.is_sensitive) for one in (first, second, third)] == [
        (Visibility.public, False),
        (Visibility.unlisted, True),
        (Visibility.public, False),
    ]
    assert await federated(storm) == {first.pk, third.pk}


async def test_private_posts_do_not_become_unlisted(storm: Storm) -> None:
    await handle(storm, EVERYTHING)
    private = await storm.sends(storm.note("Psst", to=[storm.ada.uri]))
    assert private is not None
    assert private.visibility == Visibility.mentioned


async def test_links_become_text_but_mentions_and_hashtags(storm: Storm) -> None:
    """A link that calls itself a mention or a hashtag of somewhere else is text, too."""
    await handle(storm, Handling.strip_links)
    own = storm.peer.base_url
    note = storm.note(
        f'<a class="u-url mention" href="{storm.ada.uri}">@ada</a> '
        f'<a href="{own}/tags/cats" class="mention hashtag" rel="tag">#cats</a> '
        '<a href="https://pills.example/a?b=1&amp;c=2"><b>cheap</b> pills</a> '
        '<a class="mention" href="https://pills.example/">@pills</a> '
        '<a class="hashtag" rel="tag" href="https://pills.example/x">#pills</a> '
        f'<a class="hashtag" rel="tag" href="{own}/buy">#cheap</a> '
        f'<a class="mention" href="{storm.ada.uri.rpartition("/")[0]}/landing?x=1">here</a>'
    )
    note["tag"].append({"type": "Hashtag", "name": "#Cats", "href": f"{own}/tags/cats"})
    post = await storm.sends(note)
    assert post is not None
    assert "pills.example" not in post.content
    assert "pills" in post.content
    assert "@pills" in post.content
    assert f'href="{storm.ada.uri}"' in post.content
    assert f'href="{own}/tags/cats"' in post.content
    assert post.content.count("<a ") == post.content.count("</a>") == 2
    assert (post.card_id, await PreviewCard.objects.acount()) == (None, 0)


async def test_edits_are_changed_too(storm: Storm) -> None:
    """Nobody adds a link to a post that came without."""
    await handle(storm, Handling.strip_links | Handling.force_sensitive)
    note = storm.note("Hello", mentions=False)
    assert await storm.sends(note)
    edit = note | {
        "content": '<p>Buy <a href="https://pills.example/">this</a></p>',
        "updated": "2999-01-01T00:00:00Z",
    }
    await storm.sends(edit, "Update")
    post = await Post.objects.aget(uri=note["id"])
    assert "Buy this" in post.content
    assert "<a" not in post.content
    assert (post.is_sensitive, post.card_id) == (True, None)


async def test_a_parent_domain_counts_for_hosts_below_it(storm: Storm) -> None:
    """What is set for both adds up."""
    parent = storm.peer.host.partition(".")[2]
    await set_policy(host=parent, policy=Policy.open, handling=Handling.force_sensitive)
    await handle(storm, Handling.force_unlisted)
    post = await storm.sends(storm.note("Hello", mentions=False))
    assert post is not None
    assert (post.visibility, post.is_sensitive) == (Visibility.unlisted, True)
