"""Stories of Pixelfed: pictures that last a day, which are not shown here and cause no requests and no errors."""

from typing import Any

import pytest

from activities.posts.models import Post
from tests.users.inbox.messages import activity, receive
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


def _story(bob: Identity) -> dict[str, Any]:
    return {
        "id": f"{bob.uri}/stories/1",
        "type": "Story",
        "attributedTo": bob.uri,
        "duration": 15,
        "can_reply": False,
        "can_react": False,
        "attachment": {
            "type": "Image",
            "url": "https://remote.example/s/1.jpg",
            "mediaType": "image/jpeg",
        },
    }


@pytest.mark.parametrize("kind", ["Create", "Add", "Update", "Delete", "View"])
async def test_a_story_is_skipped_with_the_reason(ada: Identity, bob: Identity, kind: str) -> None:
    """Also the way that Pixelfed tells its followers of one, by an Add that names a Bearcap."""
    bearcap = {
        "id": f"{bob.uri}/stories/1",
        "type": "Story",
        "object": {"type": "Bearcap", "u": f"{bob.uri}/stories/1"},
    }
    for named in (_story(bob), bearcap):
        ended, reason = await receive(activity(bob, kind, named, to=[bob.followers_url], cc=[ada.uri]))
        assert (ended, bool(reason)) == ("skipped", True), (kind, ended, reason)
    assert not await Post.objects.filter(deleted_at=None).aexists()


@pytest.mark.parametrize("kind", ["Story:Reaction", "Story:Reply"])
async def test_answers_to_stories_are_skipped(ada: Identity, bob: Identity, kind: str) -> None:
    note = {**_story(bob), "type": kind, "content": "<p>!</p>", "to": ada.uri}
    ended, reason = await receive(activity(bob, "Create", note, to=[ada.uri]))
    assert (ended, bool(reason)) == ("skipped", True), (ended, reason)
    assert not await Post.objects.aexists()
