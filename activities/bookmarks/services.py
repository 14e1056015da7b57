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
    """Create an empty folder. Raises Invalid for a name that is blank, too long or there already, or one folder too many."""
    name = _checked(name)
    async with async_atomic():
        # one at a time for each identity, or two at once could both be the last that is allowed
        await sql.run("SELECT 1 FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk])
        own = BookmarkFolder.objects.filter(identity=identity.pk)
        if await own.acount() >= MAX_FOLDERS:
            raise Invalid("folders", "too_many", most=MAX_FOLDERS)
        if await own.filter(name__iexact=name).aexists():
            raise Invalid("folder_name", "exists")
        return await BookmarkFolder.objects.acreate(id=new_id(), identity=identity, name=name)


async def rename_folder(*, identity: Identity, folder_id: int, name: str) -> None:
    """Rename a folder. Raises NotFound for somebody else's, Invalid as `create_folder`."""
    name = _checked(name)
    await folder_of(identity, folder_id)
    try:
        async with async_atomic():
            await BookmarkFolder.objects.filter(pk=folder_id, identity=identity.pk).aupdate(name=name)
    except IntegrityError as error:
        raise Invalid("folder_name", "exists") from error


async def delete_folder(*, identity: Identity, folder_id: int) -> None:
    """Delete a folder; its bookmarks stay, in none. Raises NotFound for somebody else's."""
    await folder_of(identity, folder_id)
    while await _empty(folder_id) == BATCH_SIZE:
        pass
    async with async_atomic():
        # nothing is moved into it from here on
        await sql.run("SELECT 1 FROM activities_bookmarkfolder WHERE id = %s FOR UPDATE", [folder_id])
        await _empty(folder_id)
        await sql.run("DELETE FROM activities_bookmarkfolder WHERE id = %s", [folder_id])


async def _empty(folder_id: int) -> int:
    """Take a piece of the bookmarks out of a folder; return how many. Served by activities_bookmark_in_folder."""
    return await sql.run(
        f"""UPDATE {_BOOKMARKS} SET folder_id = NULL WHERE id = ANY(ARRAY(
            SELECT id FROM {_BOOKMARKS} WHERE folder_id = %s ORDER BY id DESC LIMIT {BATCH_SIZE}))""",
        [folder_id],
    )


async def move_bookmark(*, identity: Identity, post_id: int, folder_id: int | None) -> None:
    """Put a bookmark into a folder, or into none. Raises NotFound when the bookmark or the folder is not theirs."""
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
    """Delete somebody's bookmarks, then their folders, a piece at a time; return whether there may be more."""
    who = {"who": identity.pk}
    if await delete_batch(_BOOKMARKS, "identity_id = %(who)s", who):
        return True
    return await delete_batch("activities_bookmarkfolder", "identity_id = %(who)s", who)
