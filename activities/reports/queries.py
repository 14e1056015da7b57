"""The posts of a report, for moderators: the only read of posts outside the visibility policy."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from activities.posts.queries.posts import read_picked
from activities.posts.queries.revisions import RevisionView, emojis_decoder
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import visible
from core.db import sql
from core.db.sql import Sql
from users.identities.models import Identity
from users.moderation.models import Report
from users.moderation.queries import ReportView


class File(msgspec.Struct, frozen=True):
    """A file of an earlier version, which may be deleted."""

    kind: str
    url: str
    description: str


class ReportedVersion(RevisionView, frozen=True):
    """The text and files of an edited post at the time of the report."""

    files: list[File]


class ReportedPost(NamedTuple):
    """A post in its current form, as it was at the time of the report if it was edited since, and the post that it answers."""

    post: PostView
    version: ReportedVersion | None
    answered: PostView | None


async def _versions(
    reported: Iterable[tuple[ReportView, PostView]],
) -> dict[tuple[int, int], ReportedVersion]:
    """Return the first version of each post that was replaced after the report, by the ids of both. Runs no query if nothing was edited.

    The end of a version without `replaced_at` is the start of the next one. Served by activities_revision_post.
    """
    edited = [
        (report.id, post.shown.id, report.created_at) for report, post in reported if post.shown.edited_at
    ]
    if not edited:
        return {}
    report_ids, post_ids, moments = zip(*edited, strict=True)
    found = await sql.rows(
        """SELECT e.report_id, e.post_id, v.content, v.content_warning, v.is_sensitive, v.created_at, v.options, v.emojis, v.files
            FROM unnest(%(reports)s::bigint[], %(posts)s::bigint[], %(moments)s::timestamptz[]) AS e (report_id, post_id, moment)
            CROSS JOIN LATERAL (
              SELECT r.content, r.content_warning, r.is_sensitive, r.created_at, r.emojis::text AS emojis, r.attachments::text AS files,
                (SELECT array_agg(o->>'title') FROM jsonb_array_elements(nullif(r.question, 'null')->'options') o) AS options
              FROM activities_revision r WHERE r.post_id = e.post_id AND coalesce(r.replaced_at,
                (SELECT n.created_at FROM activities_revision n WHERE n.post_id = r.post_id AND n.id > r.id ORDER BY n.id LIMIT 1),
                (SELECT p.edited_at FROM activities_post p WHERE p.id = r.post_id)) > e.moment
              ORDER BY r.id LIMIT 1) v""",
        {"reports": list(report_ids), "posts": list(post_ids), "moments": list(moments)},
    )
    return {
        (report_id, post_id): ReportedVersion(
            content,
            warning,
            sensitive,
            created_at,
            options,
            emojis_decoder.decode(emojis),
            [],  # `files` has them for staff
            _files.decode(files),
        )
        for report_id, post_id, content, warning, sensitive, created_at, options, emojis, files in found
    }


_files = msgspec.json.Decoder(list[File])


async def reported_posts(report: ReportView, viewer: Identity | None) -> list[ReportedPost]:
    """Return the reported account's posts in the report, whatever their visibility, without deleted ones. Served by the unique index on
    uri.

    Other authors' posts are not returned, because a remote report may list anything; what they answer is, if the viewer may see it or it
    is by the same account.
    """
    if not report.post_uris:
        return []
    condition, answered = visible(viewer), visible(viewer, "q")
    those = """p.uri = ANY(%(uris)s::text[]) AND p.author_id = %(author)s AND p.deleted_at IS NULL"""
    found = await read_picked(
        Sql.of(
            f"""(SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
                WHERE {those} AND (p.boost_of_id IS NULL OR {condition}) LIMIT 100)
            UNION (SELECT q.id, q.boost_of_id, q.id FROM activities_post p JOIN activities_post q ON q.id = p.in_reply_to_id
                WHERE {those} AND q.deleted_at IS NULL AND (q.author_id = %(author)s OR {answered}) LIMIT 100)""",
            condition,
            answered,
            uris=report.post_uris[:100],
            author=report.target.id,
        ),
        viewer,
    )
    by_id = {post.id: post for post in found}
    posts = [post for post in found if post.author_id == report.target.id and post.uri in report.post_uris]
    versions = await _versions((report, post) for post in posts)
    return [
        ReportedPost(
            post,
            versions.get((report.id, post.shown.id)),
            by_id.get(post.in_reply_to_id or 0),
        )
        for post in posts
    ]


async def posts_of_reports(
    reports: Collection[Report], viewer: Identity | None, *, most: int
) -> dict[int, list[PostView]]:
    """Return the posts of each of these reports, as `reported_posts`, up to `most` of each. Served by the unique index on uri."""
    named = [
        (report.target_id, uri, report.pk)
        for report in reports
        for uri in [one for one in report.post_uris if isinstance(one, str)][:most]
    ]
    if not named:
        return {}
    condition = visible(viewer)
    posts = await read_picked(
        Sql.of(
            f"""SELECT DISTINCT p.id, p.boost_of_id, p.id AS rank
            FROM unnest(%(authors)s::bigint[], %(uris)s::text[]) AS n (author_id, uri)
            JOIN activities_post p ON p.uri = n.uri AND p.author_id = n.author_id
            WHERE p.deleted_at IS NULL AND (p.boost_of_id IS NULL OR {condition})""",
            condition,
            authors=[author_id for author_id, *_ in named],
            uris=[uri for _, uri, _ in named],
        ),
        viewer,
    )
    known = {(post.author_id, post.uri): post for post in posts}
    found: dict[int, list[PostView]] = {}
    for author_id, uri, report_id in named:
        if (author_id, uri) in known:
            found.setdefault(report_id, []).append(known[author_id, uri])
    return found
