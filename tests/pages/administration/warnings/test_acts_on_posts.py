"""Staff act on a post from its menu: on posts that they see, of people whom they moderate, and of nobody else."""

import pytest

from activities.posts.models import Post, Visibility
from activities.reports import services
from core.errors import NotFound
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import give_role, make_domain, make_person, make_user
from users.audit.models import Act, AuditEntry
from users.moderation.models import AccountWarning
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio


async def test_the_menu_leads_staff_to_the_forms(site: Site) -> None:
    post = await rows.make_post(site.member.me)
    path = f"/admin/posts/{post.pk}"
    thread = f"/@mia/{post.pk}"
    assert path in (await site.moderator.get(thread)).text
    assert path not in (await site.member.get(thread)).text
    assert path not in (await site.nobody.get(thread)).text
    page = (await site.moderator.get(path)).text
    assert "Mark as sensitive" in page
    assert ' name="message"' in page


async def test_a_post_is_marked_and_deleted_and_its_author_warned(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Look</p>")
    path = f"/admin/posts/{post.pk}"
    form = {"action": "sensitive", "message": "Cover it"}
    assert (await site.moderator.post(path, form)).headers["location"] == path
    assert (await Post.objects.aget(pk=post.pk)).is_sensitive
    assert (await site.moderator.post(path, form)).status_code == 422
    assert (await site.moderator.post(path, {"action": "nothing"})).status_code == 404
    answer = await site.moderator.post(path, {"action": "delete", "message": "Gone"})
    assert answer.headers["location"] == f"/admin/people/{site.member.me.pk}"
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is not None
    assert (await site.moderator.post(path, {"action": "delete"})).status_code == 404, (
        "it is not there any more"
    )
    given = [(one.action, one.text, one.post_ids) async for one in AccountWarning.objects.order_by("pk")]
    assert given == [
        ("mark_statuses_as_sensitive", "Cover it", [post.pk]),
        ("delete_statuses", "Gone", [post.pk]),
    ]
    acts = [one.act async for one in AuditEntry.objects.filter(refusal="").order_by("pk")]
    assert acts == [Act.mark_sensitive, Act.delete_posts]


async def test_a_post_of_somebody_elsewhere_is_deleted_here_only_by_staff_of_the_server(site: Site) -> None:
    fay = await rows.make_remote("fay")
    post = await rows.make_post(fay)
    local = await make_user("loc@example.org")
    lou = await make_person(site.domain, "lou", local)
    local = await give_role(local, MODERATOR, site.domain)
    with pytest.raises(NotFound):
        await services.delete_post(moderator=local, viewer=lou, post_id=post.pk)
    answer = await site.moderator.post(f"/admin/posts/{post.pk}", {"action": "delete"})
    assert answer.status_code == 303
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is not None
    assert not await AccountWarning.objects.aexists()


async def test_unseen_posts_and_those_of_other_domains_are_not_there(site: Site) -> None:
    """A moderator who guesses an id learns nothing and changes nothing."""
    there = await make_domain("other.test")
    zoe = await make_user("zoe@example.org")
    her = await make_person(there, "zoe", zoe)
    zoe = await give_role(zoe, MODERATOR, there)
    public = await rows.make_post(site.member.me)
    private = await rows.make_post(site.member.me, Visibility.mentioned)
    boost = await rows.make_post(site.member.me, boost_of=public)
    for act in (services.delete_post, services.mark_post):
        with pytest.raises(NotFound):
            await act(moderator=zoe, viewer=her, post_id=public.pk)
        for post in (private, boost):
            with pytest.raises(NotFound):
                await act(moderator=site.moderator.user, viewer=site.moderator.me, post_id=post.pk)
    for post in (private, boost):
        assert (await site.moderator.get(f"/admin/posts/{post.pk}")).status_code == 404
    assert await Post.objects.filter(deleted_at=None, is_sensitive=False).acount() == 3
    assert not await AccountWarning.objects.aexists()
