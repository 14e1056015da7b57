"""Queries for bookmark folders and search in bookmarks. Visible to their owner only."""

import msgspec

from activities.posts.models import Bookmark, BookmarkFolder
from activities.posts.queries.views import PostView
from activities.search.queries import said_condition
from activities.timelines.queries import timelines
from core.db import sql
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity

_BOOKMARKS, _FOLDERS = sql.table(Bookmark), sql.table(BookmarkFolder)


class FolderView(msgspec.Struct):
    id: int
    name: str


async def folders_of(identity: Identity) -> list[FolderView]:
    """Return a user's folders by name, at most MAX_FOLDERS. Served by activities_bookmark_folder_name."""
    return await sql.structs(
        FolderView,
        f"SELECT id, name FROM {_FOLDERS} WHERE identity_id = %s ORDER BY lower(name)",
        [identity.pk],
    )


async def folder_of(identity: Identity, folder_id: int) -> FolderView:
    """Return one folder. Raises NotFound for another user's."""
    found = await sql.structs(
        FolderView,
        f"SELECT id, name FROM {_FOLDERS} WHERE id = %s AND identity_id = %s",
        [folder_id, identity.pk],
    )
    if not found:
        raise NotFound
    return found[0]


async def folder_of_post(identity: Identity, post_id: int) -> int | None:
    """Return the id of the folder of a user's bookmark, if any. Served by activities_bookmark_pair.

    Raises NotFound if they have not bookmarked the post.
    """
    row = await sql.one(
        f"SELECT folder_id FROM {_BOOKMARKS} WHERE post_id = %s AND identity_id = %s", [post_id, identity.pk]
    )
    if row is None:
        raise NotFound(code="not_bookmarked")
    return None if row[0] is None else int(row[0])


async def search_bookmarks(
    viewer: Identity, page: Page, *, text: str = "", folder_id: int | None = None
) -> list[PostView]:
    """Return a page of bookmarks that contain all of these words (operators: search/terms.py), latest bookmark first.

    A page examines a bounded number of bookmarks and may end early: `IncompletePage.end` is where the next begins.
    """
    said = await said_condition(text, viewer) if text else None
    if text and said is None:
        return []
    return await timelines.bookmarks(viewer, page, folder_id=folder_id, said=said)
