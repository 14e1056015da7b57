"""The hashes of the files of a post, for rules of staff."""

from typing import NamedTuple

from activities.media.queries import hashes_of_copies
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.shelter.models import ShelteredPost, ShelterRule
from core.db import sql
from core.errors import NotFound
from users.identities.models import Identity
from users.moderation.models import Report

_MOST_RULES = 20


class FileHash(NamedTuple):
    """A remote file of a post. `sha256` is empty until this server has a copy."""

    url: str
    sha256: str
    blurhash: str


class PostFiles(NamedTuple):
    post_id: int
    author: str  # the handle
    files: list[FileHash]

    @property
    def hashes(self) -> list[str]:
        return list(dict.fromkeys(one.sha256 for one in self.files if one.sha256))


async def files_for_staff(
    viewer: Identity | None, post_id: int, *, report_id: int | None = None
) -> PostFiles:
    """Return the files of a remote post that staff of the whole server read: with their own eyes, in a report, or held. Raises NotFound."""
    post = (
        await Post.objects.select_related("author")
        .filter(pk=post_id, is_local=False, deleted_at=None)
        .afirst()
    )
    if post is None or not (
        await may_see(viewer, post_id)
        or await ShelteredPost.objects.filter(pk=post_id).aexists()
        or (
            report_id is not None
            and await Report.objects.filter(pk=report_id, post_uris__contains=[post.uri]).aexists()
        )
    ):
        raise NotFound(code="no_such_post")
    return PostFiles(post_id, post.author.handle, await _files(post_id))


async def files_at(address: str) -> PostFiles:
    """Return the files of the remote post with this address, for operators. Raises NotFound. Served by the unique index on uri."""
    post = (
        await Post.objects.select_related("author")
        .filter(uri=address, is_local=False, deleted_at=None)
        .afirst()
    )
    if post is None:
        raise NotFound(code="no_such_post")
    return PostFiles(post.pk, post.author.handle, await _files(post.pk))


async def _files(post_id: int) -> list[FileHash]:
    rows = await sql.rows(
        "SELECT url, sha256, blurhash FROM activities_attachment WHERE post_id = %s AND file = '' ORDER BY position",
        [post_id],
    )
    copies = await hashes_of_copies({url for url, _, _ in rows})
    return [FileHash(url, copies.get(url, known), blurhash) for url, known, blurhash in rows]


async def rules_with_hashes() -> list[ShelterRule]:
    """Return the newest rules that name hashes of files. Of at most MAX_RULES rows, by the primary key."""
    found = ShelterRule.objects.exclude(hashes=[]).order_by("-pk")
    return [rule async for rule in found[:_MOST_RULES]]
