"""Folders of bookmarks: creating, renaming and deleting them, and moving bookmarks between them."""

from django.db import IntegrityError

from activities.bookmarks.queries import folder_of
from activities.posts.models import Bookmark, BookmarkFolder
from core.db import async_atomic, delete_batch, sql
from core.db.batches import BATCH_SIZE
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts import is_blank, is_one_line
from users.identities import events
from users.identities.models import Identity

MAX_FOLDERS = 50
MAX_NAME_LENGTH = 100
_BOOKMARKS = sql.table(Bookmark)


def _checked(name: str) -> str:
    name = name.strip()
    if is_blank(name) or "\0" in name or not is_one_line(name):
        raise Invalid("folder_name", "blank")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid("folder_name", "too_long", most=MAX_NAME_LENGTH)
    return name


async def create_folder(*, identity: Identity, name: str) -> BookmarkFolder:
    """Create an empty folder. Raises Invalid for a blank, too long or existing name, or too many folders."""
    name = _checked(name)
    async with async_atomic():
        # one at a time per identity, or concurrent requests could exceed the limit
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])
        own = BookmarkFolder.objects.filter(identity=identity.pk)
        if await own.acount() >= MAX_FOLDERS:
            raise Invalid("folders", "too_many", most=MAX_FOLDERS)
        if await own.filter(name__iexact=name).aexists():
            raise Invalid("folder_name", "exists")
        return await BookmarkFolder.objects.acreate(id=new_id(), identity=identity, name=name)


async def rename_folder(*, identity: Identity, folder_id: int, name: str) -> None:
    """Rename a folder. Raises NotFound for another user's, Invalid as `create_folder`."""
    name = _checked(name)
    await folder_of(identity, folder_id)
    try:
        async with async_atomic():
            await BookmarkFolder.objects.filter(pk=folder_id, identity=identity.pk).aupdate(name=name)
    except IntegrityError as error:
        raise Invalid("folder_name", "exists") from error


async def delete_folder(*, identity: Identity, folder_id: int) -> None:
    """Delete a folder; its bookmarks are kept without one. Raises NotFound for another user's."""
    await folder_of(identity, folder_id)
    while await _empty(folder_id) == BATCH_SIZE:
        pass
    async with async_atomic():
        # nothing can be moved into it any more
        await sql.run("SELECT 1 FROM activities_bookmarkfolder WHERE id = %s FOR UPDATE", [folder_id])
        await _empty(folder_id)
        await sql.run("DELETE FROM activities_bookmarkfolder WHERE id = %s", [folder_id])


async def _empty(folder_id: int) -> int:
    """Remove a batch of bookmarks from a folder; return how many. Served by activities_bookmark_in_folder."""
    return await sql.run(
        f"""UPDATE {_BOOKMARKS} SET folder_id = NULL WHERE id = ANY(ARRAY(
            SELECT id FROM {_BOOKMARKS} WHERE folder_id = %s ORDER BY id DESC LIMIT {BATCH_SIZE}))""",
        [folder_id],
    )


async def move_bookmark(*, identity: Identity, post_id: int, folder_id: int | None) -> None:
    """Put a bookmark into a folder, or into none. Raises NotFound if the bookmark or the folder is not the user's."""
    async with async_atomic():
        if folder_id is not None:
            await folder_of(identity, folder_id)
        moved = await sql.run(
            f"UPDATE {_BOOKMARKS} SET folder_id = %s WHERE post_id = %s AND identity_id = %s",
            [folder_id, post_id, identity.pk],
        )
        if not moved:
            raise NotFound(code="not_bookmarked")


@events.on_identity_deleted
async def delete_folders_of(identity: Identity) -> bool:
    """Delete a user's bookmarks, then their folders, in batches; return whether there may be more."""
    who = {"who": identity.pk}
    if await delete_batch(_BOOKMARKS, "identity_id = %(who)s", who):
        return True
    return await delete_batch("activities_bookmarkfolder", "identity_id = %(who)s", who)
