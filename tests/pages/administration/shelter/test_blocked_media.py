"""Staff of the server block the media of a post: its hashes go into a new rule or into one that exists."""

import re

import pytest

from activities.media.services.attachments import set_remote_attachments
from activities.posts.activitypub.post_document import AttachmentInDocument
from activities.posts.models import Post, Visibility
from activities.shelter.models import ShelterRule
from activities.shelter.services.rules import add_rule
from federation.media.addresses import RequestedFile
from federation.models import RemoteFile, RemoteFileKind
from tests.activities.people import make_post, make_remote
from tests.pages.conftest import Site
from users.logins.services.staff import OPERATOR
from users.moderation.models import Report

pytestmark = pytest.mark.anyio

SHA256 = "ab" * 32
URL = "https://files.far.test/one.png"


async def copied(url: str, sha256: str) -> None:
    file = RequestedFile(url, RemoteFileKind.attachment, "far.test")
    await RemoteFile.objects.acreate(
        key=file.key, url=url, host="far.test", kind="attachment", file="x.png", bytes=1, sha256=sha256
    )


async def post_with_file(**values: object) -> Post:
    post = await make_post(await make_remote("far"), content="<p>Look</p>", **values)
    await set_remote_attachments(post.pk, post.author_id, [AttachmentInDocument(URL, kind="image")])
    return post


def hashes_in(page: str) -> list[str]:
    found = re.search(r'<textarea name="hashes"[^>]*>([^<]*)</textarea>', page)
    assert found is not None
    return found[1].split()


async def test_the_menu_of_a_post_leads_to_a_rule_with_its_hashes(site: Site) -> None:
    post = await post_with_file()
    page = (await site.admin.get(f"/posts/{post.pk}/menu")).text
    link = f"/admin/shelter/new?post={post.pk}"
    assert f'href="{link}"' in page
    assert f'href="{link}"' not in (await site.member.get(f"/posts/{post.pk}/menu")).text
    assert (await site.member.get(link)).status_code == 404
    page = (await site.admin.get(link)).text
    assert "no copy of the post" in page
    assert hashes_in(page) == []
    await copied(URL, SHA256)
    page = (await site.admin.get(link)).text
    assert hashes_in(page) == [SHA256]
    form = {"rule_name": "Bad picture", "rule_action": "hold", "mode": "active", "hashes": SHA256}
    assert (await site.admin.post(link, form)).status_code == 303
    rule = await ShelterRule.objects.aget()
    assert (rule.hashes, rule.mode) == ([SHA256], "active")


async def test_hashes_are_added_to_a_rule_that_has_some(site: Site) -> None:
    post = await post_with_file()
    await copied(URL, SHA256)
    other = "cd" * 32
    rule = await add_rule(moderator=OPERATOR, name="Wave", action="hold", mode="active", hashes=[other])
    await add_rule(moderator=OPERATOR, name="Words", action="hold", mode="active", phrases=["x"])
    page = (await site.admin.get(f"/admin/shelter/new?post={post.pk}")).text
    link = f"/admin/shelter/{rule.pk}?post={post.pk}"
    assert f'href="{link}"' in page
    assert ">Words<" not in page
    assert hashes_in((await site.admin.get(link)).text) == [other, SHA256]
    assert hashes_in((await site.admin.get(f"/admin/shelter/{rule.pk}")).text) == [other]


async def test_a_private_post_says_nothing_unless_it_was_reported(site: Site) -> None:
    post = await post_with_file(visibility=Visibility.mentioned)
    await copied(URL, SHA256)
    link = f"/admin/shelter/new?post={post.pk}"
    assert (await site.admin.get(link)).status_code == 404
    report = await Report.objects.acreate(target_id=post.author_id, comment="", post_uris=[post.uri])
    other = await Report.objects.acreate(target_id=post.author_id, comment="", post_uris=[])
    assert (await site.admin.get(f"{link}&report={other.pk}")).status_code == 404
    assert hashes_in((await site.admin.get(f"{link}&report={report.pk}")).text) == [SHA256]
    desk = (await site.admin.get(f"/admin/reports/{report.pk}")).text
    assert f'href="{link}&amp;report={report.pk}"' in desk


async def test_what_is_no_hash_is_said(site: Site) -> None:
    form = {"rule_name": "Bad", "rule_action": "hold", "mode": "active", "hashes": "abc"}
    answer = await site.admin.post("/admin/shelter/new", form)
    assert answer.status_code == 422
    assert "64 hexadecimal digits" in answer.text
