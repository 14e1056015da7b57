"""Effects of host policies on what users see."""

import pytest

from activities.media.models import Attachment
from activities.posts.activitypub.post_document import AttachmentInDocument, PostDocument
from activities.posts.models import Visibility
from activities.publishing.services.receiving import receive_post
from activities.timelines.queries import timelines
from core import clock
from core.db.paging import Page
from federation.models import Policy
from federation.peers import set_policy
from tests.users.support import make_domain, make_person, make_remote
from users.identities.models import Identity
from users.relations.models import Follow

pytestmark = pytest.mark.anyio

HOST = "remote.example"


async def _post_from(author: Identity, number: int = 1) -> int:
    document = PostDocument(
        uri=f"https://{HOST}/posts/{number}",
        author_uri=author.uri,
        visibility=Visibility.public,
        published=clock.now(),
        content_html="<p>Hello</p>",
        attachments=(AttachmentInDocument(url=f"https://{HOST}/a.png", kind="image"),),
    )
    post = await receive_post(author=author, document=document)
    assert post is not None
    return post.pk


@pytest.mark.slow
async def test_posts_of_a_limited_host_are_in_timelines_of_followers_only(db: None) -> None:
    ada, bob = await make_person(await make_domain()), await make_remote(host=HOST)
    post_id = await _post_from(bob)
    assert [view.id for view in await timelines.federated(ada, Page())] == [post_id]
    await set_policy(host=HOST, policy=Policy.limited)
    assert await timelines.federated(ada, Page()) == []
    assert await timelines.federated(None, Page()) == []
    assert [view.id for view in await timelines.profile_posts(bob.pk, ada, Page())] == [post_id]
    await Follow.objects.acreate(source=ada, target=bob, accepted_at=clock.now())
    assert [view.id for view in await timelines.profile_posts(bob.pk, ada, Page())] == [post_id]


async def test_a_host_whose_media_is_refused_still_sends_posts_which_know_their_files(db: None) -> None:
    """They are linked while it is refused (tests/pages/people/test_refused_media.py), and there again afterwards."""
    bob = await make_remote(host=HOST)
    await set_policy(host=HOST, policy=Policy.open, reject_media=True)
    await _post_from(bob)
    assert await Attachment.objects.acount() == 1
