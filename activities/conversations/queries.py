"""Queries for a user's direct conversations, the one with the newest post first."""

import msgspec

from activities.posts.models import Visibility
from activities.posts.queries.posts import load_posts
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline
from activities.timelines.queries.candidates import PostsWhere, read_candidates
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from core.db.statements import Statement
from core.errors import NotFound
from users.identities.models import Identity
from users.identities.queries.profiles import Profile, load_profiles

MESSAGES = Statement(
    "conversations.messages", "The private posts of a conversation.", "activities_post_thread"
)


class ConversationView(msgspec.Struct):
    """A conversation. `people` are the author and recipients of the last post, without the viewer (unless the viewer is the only one)."""

    id: int
    last_post_id: int
    is_unread: bool
    thread_id: int
    last_post: PostView | None = None
    people: list[Profile] = []


async def conversations(
    viewer: Identity, page: Page, *, only_id: int | None = None, only_post_id: int | None = None
) -> list[ConversationView]:
    """Return a page, ordered by the last post, in five queries; optionally only the one with this id or this last post. Served by
    activities_conversation_newest.
    """
    condition = in_timeline(viewer, by_anyone=False)
    one = "" if only_id is None else " AND c.id = %(only)s"
    one += "" if only_post_id is None else " AND c.last_post_id = %(only_post)s"
    rows = await sql.structs(
        ConversationView,
        Sql.of(
            f"""SELECT c.id, c.last_post_id, c.is_unread, c.thread_id FROM activities_conversation c
                JOIN activities_post p ON p.id = c.last_post_id
                WHERE c.identity_id = %(viewer_id)s{one} AND {condition}
                {page.where("c.last_post_id")}{page.order("c.last_post_id")}""",
            condition,
            page.params(),
            only=only_id,
            only_post=only_post_id,
        ),
    )
    rows = page.newest_first(rows, lambda row: row.last_post_id)
    ids = [row.last_post_id for row in rows]
    posts = {post.id: post for post in await load_posts(ids, viewer)}
    named = await sql.rows(
        "SELECT post_id, identity_id FROM activities_mention WHERE post_id = ANY(%s::bigint[]) ORDER BY id",
        [ids],
    )
    profiles = await load_profiles({who for _, who in named})
    for row in rows:
        row.last_post = posts[row.last_post_id]
        people = {row.last_post.author_id: row.last_post.author}
        people |= {who: profiles[who] for post_id, who in named if post_id == row.last_post_id}
        people.pop(viewer.pk, None)
        row.people = [one for one in people.values() if not one.is_deleted] or [row.last_post.author]
    return rows


async def conversation(viewer: Identity, conversation_id: int) -> ConversationView:
    """Return one conversation of the viewer. Raises NotFound for anybody else's."""
    found = await conversations(viewer, Page(limit=1), only_id=conversation_id)
    if not found:
        raise NotFound
    return found[0]


async def conversation_of(viewer: Identity, post_id: int) -> int:
    """Return the id of the viewer's conversation with a post. Raises NotFound if there is none. Served by activities_conversation_pair."""
    found = await sql.value(
        """SELECT c.id FROM activities_post p
           JOIN activities_conversation c ON c.identity_id = %(viewer)s AND c.thread_id = coalesce(p.conversation_id, p.id)
           WHERE p.id = %(post)s""",
        {"viewer": viewer.pk, "post": post_id},
    )
    if found is None:
        raise NotFound
    return int(found)


async def messages(viewer: Identity, conversation: ConversationView, page: Page) -> list[PostView]:
    """Return a page of a conversation's posts that the viewer may see, newest first, without public posts."""
    direct = f"p.visibility = {Visibility.mentioned.value} AND p.boost_of_id IS NULL"
    return await read_candidates(
        MESSAGES,
        PostsWhere(Sql("e.conversation_id = %(thread)s", {"thread": conversation.thread_id})),
        in_timeline(viewer, by_anyone=False) & direct,
        page,
        viewer,
    )
