"""Quotes of a post."""

from activities.posts.models import QuoteState, Visibility
from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline, require_original
from core.db import sql
from core.db.paging import Page
from core.db.statements import Statement
from users.identities.models import Identity

QUOTES = Statement("quotes.of_post", "A page of the posts that quote one.", "activities_post_quotes")


async def quotes_of(post_id: int, viewer: Identity | None, page: Page) -> list[PostView]:
    """Return approved posts that quote this one (a boost's original), newest first.

    Raises NotFound if the viewer may not see the quoted one. Served by activities_post_quotes.
    """
    quoted_id = await require_original(viewer, post_id)
    condition = in_timeline(viewer, by_anyone=False)
    picked = QUOTES(
        f"""SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
            WHERE p.quote_of_id = %(quoted)s AND p.quote_state = '{QuoteState.accepted.value}'
            AND p.visibility <= {Visibility.followers.value}
            AND {condition}{page.where("p.id")}{page.order("p.id")}""",
        condition,
        page.params(),
        quoted=quoted_id,
    )
    return await read_picked(picked, viewer)


async def approved_quote_uris(author_id: int, quoting_id: int) -> tuple[str, str] | None:
    """Return `(uri of the quoting post, uri of the quoted post)` of an approved quote of this author's post.

    None if there is none.
    """
    row = await sql.one(
        """SELECT p.uri, q.uri FROM activities_post p JOIN activities_post q ON q.id = p.quote_of_id
           WHERE p.id = %s AND q.author_id = %s AND p.quote_state = %s AND p.deleted_at IS NULL AND q.deleted_at IS NULL""",
        [quoting_id, author_id, QuoteState.accepted.value],
    )
    return None if row is None else (row[0], row[1])
