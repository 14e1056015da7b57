"""Posts for a viewer: one query for posts with all their parts, one for their authors.

A list of posts starts from a `Picked`: an SQL query that selects ids under the visibility policy. The large query below then reads the
selected posts and the originals of boosts, so that there are two queries whatever the number of posts.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from activities.posts.models import Post, PostGraph
from activities.posts.queries.groups import MODERATIONS
from activities.posts.queries.views import (
    ATTACHMENT_JSON,
    AttachmentView,
    CardView,
    CircleView,
    FactsView,
    MentionView,
    PostView,
    QuestionView,
    ReactionView,
    TagView,
    WriterView,
    changes_on,
    creators_of,
    with_author,
)
from activities.posts.queries.visibility import hide_reason, in_thread, viewer_parameters, visible
from activities.posts.queries.writers import WRITER, application_columns, mark_kept_boosts, require_writer
from core.db import sql
from core.db.sql import Sql
from core.db.statements import Statement
from core.errors import NotFound
from federation.peers import blocked_hosts_sql, host_in_sql
from federation.policies.domains import hidden_by_domain, reading_domain
from users.circles.queries import CIRCLES
from users.collections.queries import collection_links, collections_at
from users.identities.models import Identity
from users.identities.queries.attribution import is_attributed
from users.identities.queries.predicates import is_active
from users.identities.queries.profiles import CustomEmoji, load_profiles, owned
from users.relations.queries.predicates import either_blocks, follows

LOAD = Statement("posts.load", "Posts by their ids, as somebody sees them.", "activities_post_pkey")
HIDDEN_QUOTES = Statement(
    "posts.unwanted_quotes",
    "Whether the viewer blocks or mutes a quoted author.",
    "users_block_pair",
    "users_mute_pair",
)


MAX_REACTIONS = 50
MAX_COUNTED = 10_000
"""The number of reactions to one post that are read, which bounds the cost of showing it."""


def _reactions(is_mine: str, own: str = "", unblocked: str = "") -> str:
    """Return SQL for the reactions to `p`, most frequent emoji first. Always includes the viewer's own.

    Excludes reactions of suspended actors, of hosts that are blocked here or for the viewer's domain, and of those whom the viewer blocks. Served by activities_reaction_once,
    users_identity_pkey, users_emoji_remote, users_emoji_own. A Unicode emoji has no shortcode.
    """
    host = host_in_sql("i.uri")
    return f"""CASE WHEN p.boost_of_id IS NULL AND EXISTS (SELECT 1 FROM activities_reaction o WHERE o.post_id = p.id OFFSET 0) THEN (
        SELECT json_agg(json_build_array(g.name, g.host, g.people, g.is_mine, coalesce(e.url, ''), coalesce(o.file, ''),
            coalesce(o.static_file, '')) ORDER BY g.people DESC, g.first)
        FROM (SELECT r.name, r.host, count(*) AS people, {is_mine} AS is_mine, min(r.id) AS first
              FROM ((SELECT o.* FROM activities_reaction o WHERE o.post_id = p.id LIMIT {MAX_COUNTED}){own}) r
              JOIN users_identity i ON i.id = r.identity_id
              WHERE {is_active("i")}
              AND (i.domain_id IS NOT NULL OR NOT ({blocked_hosts_sql(host)} OR {hidden_by_domain("%(viewer_domain)s", host)})){unblocked}
              GROUP BY r.name, r.host ORDER BY 4 DESC, 3 DESC, 5 LIMIT {MAX_REACTIONS}) g
        LEFT JOIN users_emoji e ON e.host = g.host AND e.host <> '' AND e.shortcode = g.name
        LEFT JOIN LATERAL (SELECT w.file, w.static_file FROM users_emoji w
            WHERE g.host = '' AND w.host = '' AND w.shortcode = g.name ORDER BY w.domain_id NULLS FIRST LIMIT 1) o ON true)::text END"""


# Each field of PostView beside the SQL that fills it.
#
# Served by activities_like_pair, activities_post_boost, activities_bookmark_pair, activities_thread_mute_pair,
# activities_poll_vote_once, users_follow_pair.
# OFFSET 0: otherwise all that the viewer ever liked or saved may be read to look twenty posts up in it.
# The last three run only where they matter: for polls, and for posts that not everyone may quote, reply to, like or boost.
_POLICIES = "(p.quote_policy | p.reply_policy | p.like_policy | p.boost_policy)"
_VIEWER_FLAGS = {
    "is_liked": "EXISTS (SELECT 1 FROM activities_like k WHERE k.post_id = p.id AND k.identity_id = %(viewer_id)s OFFSET 0)",
    "is_boosted": """EXISTS (SELECT 1 FROM activities_post r
        WHERE r.boost_of_id = p.id AND r.author_id = %(viewer_id)s AND r.deleted_at IS NULL OFFSET 0)""",
    "is_bookmarked": "EXISTS (SELECT 1 FROM activities_bookmark k WHERE k.post_id = p.id AND k.identity_id = %(viewer_id)s OFFSET 0)",
    # evaluated once per statement: most users mute no conversation
    "is_thread_muted": """CASE WHEN (SELECT EXISTS (SELECT 1 FROM activities_threadmute u WHERE u.identity_id = %(viewer_id)s))
        THEN EXISTS (SELECT 1 FROM activities_threadmute u
            WHERE u.identity_id = %(viewer_id)s AND u.thread_id = coalesce(p.conversation_id, p.id) OFFSET 0) ELSE false END""",
    "own_votes": """CASE WHEN p.question IS NOT NULL THEN (SELECT array_agg(v.choice ORDER BY v.choice) FROM activities_pollvote v
        WHERE v.post_id = p.id AND v.identity_id = %(viewer_id)s) END""",
    "follows_author": f"CASE WHEN {_POLICIES} & 34 <> 0 THEN {follows('%(viewer_id)s', 'p.author_id')} ELSE false END",
    "is_followed_by_author": f"CASE WHEN {_POLICIES} & 68 <> 0 THEN {follows('p.author_id', '%(viewer_id)s')} ELSE false END",
    # served by the primary key of circles
    "circle": f"""CASE WHEN p.circle_id IS NOT NULL AND p.author_id = %(viewer_id)s THEN (
        SELECT json_build_array(c.id, c.title) FROM {CIRCLES} c WHERE c.id = p.circle_id)::text END""",
    "writer": WRITER,
    "reactions": _reactions(
        "bool_or(r.identity_id = %(viewer_id)s)",
        own="""UNION (SELECT o.* FROM activities_reaction o
            WHERE o.post_id = p.id AND o.identity_id = %(viewer_id)s)""",
        unblocked=f" AND NOT {either_blocks('%(viewer_id)s', 'r.identity_id')}",
    ),
}
_FLAGS_OF_NOBODY = {
    **dict.fromkeys(_VIEWER_FLAGS, "false"),
    "own_votes": "NULL",
    "circle": "NULL",
    "writer": "NULL",
    "reactions": _reactions("false"),
}
# Served by activities_pin_pair, activities_groupmoderation_pkey, activities_attachment_post, activities_mention_pair, activities_post_tag_pair and primary keys.
_PARTS = {
    "is_pinned": "EXISTS (SELECT 1 FROM activities_pin k WHERE k.post_id = p.id AND k.identity_id = p.author_id OFFSET 0)",
    # as queries/groups.py, is_locked
    "is_locked": f"""EXISTS (SELECT 1 FROM {MODERATIONS} k
        WHERE k.post_id IN (p.id, p.conversation_id) AND k.is_locked OFFSET 0)""",
    "emojis": "p.emojis::text",
    "question": "p.question::text",
    "facts": "p.facts::text",
    "attachments": f"""CASE WHEN p.boost_of_id IS NULL THEN (
        SELECT json_agg({ATTACHMENT_JSON} ORDER BY t.position) FROM activities_attachment t WHERE t.post_id = p.id)::text END""",
    "mentions": """CASE WHEN p.boost_of_id IS NULL THEN (
        SELECT json_agg(json_build_object('id', i.id, 'username', i.username, 'host', i.host, 'uri', i.uri,
            'url', i.profile_url, 'is_local', i.domain_id IS NOT NULL) ORDER BY m.id)
        FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
        WHERE m.post_id = p.id AND NOT m.is_silent)::text END""",
    "tags": """CASE WHEN p.boost_of_id IS NULL THEN (
        SELECT json_agg(json_build_array(h.name, h.display_name) ORDER BY g.id)
        FROM activities_posttag g JOIN activities_hashtag h ON h.id = g.hashtag_id WHERE g.post_id = p.id)::text END""",
    "card": f"""CASE WHEN p.card_id IS NOT NULL THEN (
        SELECT to_json(x) FROM (
            SELECT k.*, CASE WHEN k.creator_id IS NOT NULL THEN {is_attributed("k.creator_id", "k.host")} ELSE false END AS is_attributed,
            CASE WHEN k.post_id IS NOT NULL THEN (
                SELECT i.username || '@' || i.host FROM activities_post q JOIN users_identity i ON i.id = q.author_id
                WHERE q.id = k.post_id AND q.deleted_at IS NULL) END AS post_handle
            FROM activities_previewcard k WHERE k.id = p.card_id AND k.title <> '') x)::text END""",
}
# The totals stated by a remote post's own server, if they are higher than the known ones.
_COUNTS = {
    f"{name}_count": f"greatest(p.{name}_count, p.stated_{name})" for name in ("replies", "boosts", "likes")
}
_COUNTS["is_held"] = f"p.state = '{PostGraph.held.name}'"
_COUNTS[
    "is_refused"
] = f"""CASE WHEN p.state = '{PostGraph.held.name}' THEN EXISTS (SELECT 1 FROM activities_approval k
    WHERE k.post_id = p.id AND k.state IN ('refused', 'revoked')) ELSE false END"""


# The required fields of PostView, in its order, so that a row's values can be passed by position: 54 names would cost as much as the rest.
_FIELDS = [field.name for field in msgspec.structs.fields(PostView) if field.required]
# Parts that most posts lack: the index of their column, what it holds then, and the decoder of their JSON.
_JSON: tuple[tuple[int, str | None, Callable[[str], object]], ...] = tuple(
    (_FIELDS.index(name), absent, msgspec.json.Decoder(kind).decode)
    for name, absent, kind in (
        ("emojis", "[]", list[CustomEmoji]),
        ("question", None, QuestionView),
        ("facts", None, FactsView),
        ("attachments", None, list[AttachmentView]),
        ("mentions", None, list[MentionView]),
        ("tags", None, list[TagView]),
        ("reactions", None, list[ReactionView]),
        ("circle", None, CircleView),
        ("writer", None, WriterView),
        ("card", None, CardView),
    )
)
_LISTS = frozenset(map(_FIELDS.index, ("emojis", "attachments", "mentions", "tags", "reactions")))


def _view_of(row: Sequence[Any]) -> PostView:
    """Return a view from a row of the queries below; fields that most posts lack are not decoded."""
    values = list(row)
    for index, absent, decode in _JSON:
        if values[index] != absent:
            values[index] = decode(values[index])
        elif index in _LISTS:
            values[index] = []
    return PostView(*values)


def _columns(is_signed_in: bool) -> str:
    """Return the SQL of each field. Those without SQL of their own are columns of the same name, served by the primary key of posts."""
    flags = _VIEWER_FLAGS if is_signed_in else _FLAGS_OF_NOBODY
    known = {"rank": "x.rank", **_COUNTS, **flags, **_PARTS, **application_columns(is_signed_in)}
    return ", ".join(known.get(name, f"p.{name}") for name in _FIELDS)


@lru_cache(maxsize=512)
def _statement(picked: str, last: str, is_signed_in: bool) -> str:
    """Return the whole query, without its indentation, which would be parsed for placeholders at every use.

    With `last`, an incomplete page ends with a row without a post, whose rank is that of the last candidate, if there may be more behind
    it.
    """
    ids = (
        "SELECT id, rank FROM page UNION ALL SELECT boost_of_id, NULL FROM page WHERE boost_of_id IS NOT NULL"
    )
    join = "JOIN"
    if last:
        ids += f" UNION ALL SELECT NULL, o.rank FROM ({last}) o WHERE (SELECT count(*) FROM page) < %(page_limit)s"
        join = "LEFT JOIN"
    read = f"SELECT {_columns(is_signed_in)} FROM ({ids}) x {join} activities_post p ON p.id = x.id"
    return " ".join(f"WITH page AS MATERIALIZED ({picked}) {read}".split())


async def read_picked(picked: Sql, viewer: Identity | None, *, with_quotes: bool = True) -> list[PostView]:
    """Return the posts that `picked` selects, highest rank first. Two queries, and three more if some of them have quotes.

    `picked` is SQL with the columns `id`, `boost_of_id` and `rank`, which includes a condition of visibility.py.
    """
    return (await read_page(picked, None, viewer, with_quotes=with_quotes))[0]


async def read_page(
    picked: Sql, last: Sql | None, viewer: Identity | None, *, with_quotes: bool = True
) -> tuple[list[PostView], int | None]:
    """Return the same, and the rank found by the SQL `last`, which is evaluated if there are fewer than `page_limit`."""
    text = _statement(picked.text, last.text if last else "", viewer is not None)
    found = await sql.rows(Sql.of(text, picked, last or {}, viewer_parameters(viewer)))
    end: int | None = None
    by_id: dict[int, PostView] = {}
    listed: list[PostView] = []
    for row in found:
        if row[1] is None:
            end = row[0]
            continue
        view = _view_of(row)
        if view.rank is None:
            by_id.setdefault(view.id, view)
        else:
            by_id[view.id] = view
            listed.append(view)
    wanted = {view.author_id for view in by_id.values()}
    reader = (viewer.domain_id or 0) if viewer else reading_domain()
    authors = await load_profiles(wanted | creators_of(view.card for view in by_id.values()))
    for view in by_id.values():
        view.author = authors[view.author_id]
        if view.emojis:
            view.emojis = owned(view.emojis, view.author.uri)
        if view.author.is_sensitized and (viewer is None or view.author_id != viewer.pk):
            view.is_sensitive = (
                True  # authors see their own media, and can edit the post without storing the mark
            )
        if view.card:
            view.card = with_author(view.card, authors)
        for name, value in changes_on(view, reader).items():
            setattr(view, name, value)
    for view in listed:
        if view.boost_of_id is not None:
            view.boost_of = by_id[view.boost_of_id]
    if with_quotes:
        await _add_quotes(by_id.values(), viewer)
    await _add_collections(by_id.values(), viewer)
    await mark_kept_boosts(by_id.values(), viewer)
    listed.sort(key=lambda view: view.rank or 0, reverse=True)
    return listed, end


async def _add_quotes(views: Iterable[PostView], viewer: Identity | None) -> None:
    """Add the quoted posts that are allowed and visible to the viewer. Their own quotes are only referenced."""
    quoting = [view for view in views if view.shows_quote]
    wanted = [view.quote_of_id for view in quoting if view.quote_of_id is not None]
    found = {view.id: view for view in await _load(wanted, visible(viewer), viewer, with_quotes=False)}
    unwanted = await _unwanted(wanted, viewer)
    for view in quoting:
        view.quote = found.get(view.quote_of_id or 0)
        view.quote_hide_reason = unwanted.get(view.quote_of_id or 0, "")


async def _add_collections(views: Iterable[PostView], viewer: Identity | None) -> None:
    """Add the collections that the posts link to. Runs no query if no URL looks like one."""
    linked = {view.id: collection_links(view.content) for view in views}
    urls = {url for links in linked.values() for url in links}
    if urls:
        found = await collections_at(urls, viewer)
        for view in views:
            view.collections = [found[url] for url in linked[view.id] if url in found]


async def _unwanted(ids: list[int], viewer: Identity | None) -> dict[int, str]:
    """Return the posts among these whose authors the viewer blocks or mutes, and how."""
    if viewer is None or not ids:
        return {}
    found = await sql.rows(
        HIDDEN_QUOTES(
            f"SELECT p.id, {hide_reason('p.author_id')} FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[])",
            viewer_parameters(viewer),
            ids=ids,
        )
    )
    return {post_id: how for post_id, how in found if how}


async def _load(
    ids: Iterable[int], condition: Sql, viewer: Identity | None, *, with_quotes: bool = True
) -> list[PostView]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    if (
        len(wanted) == 1
    ):  # a list of one is planned anew each time: the generic plan, for ten, looks more expensive
        return await read_picked(
            LOAD(
                f"SELECT p.id, p.boost_of_id, 0 AS rank FROM activities_post p WHERE p.id = %(id)s AND {condition}",
                condition,
                id=wanted[0],
            ),
            viewer,
            with_quotes=with_quotes,
        )
    return await read_picked(
        LOAD(
            f"""SELECT p.id, p.boost_of_id, -w.place AS rank
                FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS w (id, place)
                JOIN activities_post p ON p.id = w.id WHERE {condition}""",
            condition,
            ids=wanted,
        ),
        viewer,
        with_quotes=with_quotes,
    )


async def load_posts(ids: Sequence[int], viewer: Identity | None) -> list[PostView]:
    """Return these posts in this order, without those that the viewer may not see. Two queries."""
    return await _load(ids, visible(viewer), viewer)


async def load_thread(ids: Sequence[int], viewer: Identity | None) -> list[PostView]:
    """Return the posts with these ids as a thread shows them, around the opened one."""
    return await _load(ids, in_thread(viewer), viewer)


async def get_post(post_id: int, viewer: Identity | None) -> PostView:
    """Return one post. Raises NotFound if there is none or the viewer may not see it."""
    found = await load_posts([post_id], viewer)
    if not found:
        raise NotFound
    return found[0]


async def was_deleted(post_id: int, *, author_id: int) -> bool:
    """Return whether this identity wrote a post that is deleted now (primary key)."""
    return await Post.objects.filter(pk=post_id, author=author_id, deleted_at__isnull=False).aexists()


async def get_own_post(post_id: int, viewer: Identity) -> PostView:
    """Return one post (no boost) that the viewer wrote. Raises NotFound for anything else, and as `require_writer`."""
    post = await get_post(post_id, viewer)
    if post.author_id != viewer.pk or post.boost_of_id is not None:
        raise NotFound
    await require_writer(post_id)
    return post


async def get_post_without_content(post_id: int, viewer: Identity) -> PostView:
    """Return one post with its content removed, whether or not the viewer may see it. Raises NotFound if it does not exist."""
    found = await _load([post_id], Sql("true"), viewer, with_quotes=False)
    if not found:
        raise NotFound
    shown = found[0].shown
    shown.title = shown.content = shown.source = shown.content_warning = shown.application = ""
    shown.question = shown.facts = shown.card = shown.quote_of_id = None
    shown.quote_uri = shown.quote_state = ""
    shown.emojis, shown.attachments, shown.mentions, shown.tags, shown.reactions = [], [], [], [], []
    return found[0]


async def is_own_boost(post_id: int, viewer: Identity) -> bool:
    """Return whether this is the viewer's boost. Served by the primary key."""
    return bool(
        await sql.value(
            "SELECT 1 FROM activities_post WHERE id = %s AND author_id = %s AND boost_of_id IS NOT NULL AND deleted_at IS NULL",
            [post_id, viewer.pk],
        )
    )


async def id_by_uri(uri: str) -> int | None:
    """Return the id of the post with this URI or page URL, including deleted ones. Served by the unique index on uri."""
    return await sql.value("SELECT id FROM activities_post WHERE uri = %(uri)s", {"uri": uri})


async def uri_of(post_id: int, *, author_id: int) -> str | None:
    """Return the id of the document of a local author's post, for any viewer: access is checked where it is served."""
    return await sql.value(
        "SELECT uri FROM activities_post WHERE id = %s AND author_id = %s AND is_local", [post_id, author_id]
    )
