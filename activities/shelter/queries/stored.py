"""Stored posts of other servers as the conditions of rules see them, and the hashes of their files."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from activities.media.queries import hashes_of_copies
from activities.posts.activitypub.post_document import (
    AttachmentInDocument,
    MentionInDocument,
    PostDocument,
)
from activities.posts.models import Visibility
from activities.shelter.activitypub import Incoming
from activities.shelter.queries.rules import compiled_rules
from core.db import sql
from users.identities.models import Identity

_OF_POST = "FROM activities_attachment a WHERE a.post_id = p.id ORDER BY a.id"
STORED = f"""p.id, p.uri, p.title, p.content_warning, p.content, p.language, p.visibility, p.created_at,
    i.id, i.username, i.host, i.uri, i.created_at,
    ARRAY(SELECT u.uri FROM activities_mention m JOIN users_identity u ON u.id = m.identity_id
          WHERE m.post_id = p.id AND NOT m.is_silent),
    ARRAY(SELECT a.blurhash {_OF_POST}), ARRAY(SELECT a.description {_OF_POST}), ARRAY(SELECT a.url {_OF_POST}),
    ARRAY(SELECT a.sha256 {_OF_POST})"""
"""The columns of a post `p` and its author `i` for `as_it_came`."""


async def stored_post(post_id: int) -> Incoming | None:
    """Return a post of another server that was not deleted. Served by the primary keys."""
    row = await sql.one(
        f"""SELECT {STORED} FROM activities_post p JOIN users_identity i ON i.id = p.author_id
            WHERE p.id = %s AND NOT p.is_local AND p.boost_of_id IS NULL AND p.deleted_at IS NULL""",
        [post_id],
    )
    return None if row is None else as_it_came(*row)


async def with_hashes(posts: Sequence[Incoming]) -> list[Incoming]:
    """Return the posts with the hashes of those files of which there are copies. One query."""
    known = await hashes_of_copies({one.url for post in posts for one in post.document.attachments})
    return [replace(post, document=_with(post.document, known)) for post in posts]


async def with_known_hashes(document: PostDocument) -> PostDocument:
    """Return an incoming document with the hashes of its files, if rules name any and there are copies: the bytes count, not its word."""
    if not document.attachments or not (await compiled_rules()).hashes:
        return document
    return _with(document, await hashes_of_copies({one.url for one in document.attachments}))


def _with(document: PostDocument, known: dict[str, str]) -> PostDocument:
    files = [replace(one, sha256=known.get(one.url, one.sha256)) for one in document.attachments]
    return replace(document, attachments=files)


async def posts_with_file(url: str, sha256: str, *, most: int) -> list[int]:
    """Return posts with a remote file that rules have not seen with this hash. Served by activities_attachment_url."""
    return await sql.column(
        """SELECT DISTINCT post_id FROM (SELECT post_id FROM activities_attachment
               WHERE url = %s AND file = '' AND post_id IS NOT NULL AND sha256 <> %s LIMIT %s) a ORDER BY 1""",
        [url, sha256, most],
    )


def as_it_came(
    _id: int,
    uri: str,
    title: str,
    warning: str,
    content: str,
    language: str | None,
    visibility: int,
    created_at: dt.datetime,
    author_id: int,
    username: str,
    host: str,
    author_uri: str,
    joined_at: dt.datetime,
    mentioned: list[str],
    blurhashes: list[str],
    descriptions: list[str],
    urls: list[str],
    hashes: list[str],
) -> Incoming:
    """Return a stored post as the conditions saw it on arrival, from a row of STORED."""
    files = zip(urls, blurhashes, descriptions, hashes, strict=True)
    document = PostDocument(
        uri=uri,
        author_uri=author_uri,
        visibility=Visibility(visibility),
        published=created_at,
        content_html=content,
        title=title,
        summary=warning,
        language=language,
        mentions=[MentionInDocument(one) for one in mentioned],
        attachments=[
            AttachmentInDocument(url, blurhash=blurhash, description=said, sha256=sha256)
            for url, blurhash, said, sha256 in files
        ],
    )
    author = Identity(pk=author_id, username=username, host=host, uri=author_uri, created_at=joined_at)
    return Incoming(author, document, created_at)
