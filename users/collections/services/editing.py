"""Creating, editing and deleting local collections (FEP-7aa9)."""

from collections.abc import Sequence

from core import clock
from core.db import async_atomic
from core.errors import Invalid
from core.ids import new_id
from core.texts import hashtags, is_blank
from core.texts.languages import known_language
from users.collections import activitypub, events
from users.collections.models import Collection
from users.collections.services import announcing, rows
from users.collections.services.people import add
from users.identities.models import Identity

MAX_NAME_LENGTH = 40
MAX_DESCRIPTION_LENGTH = 100


def _check(name: str | None, description: str | None, language: str | None, tag: str | None) -> None:
    if name is not None and is_blank(name):
        raise Invalid("collection_name", "blank")
    if name is not None and len(name) > MAX_NAME_LENGTH:
        raise Invalid("collection_name", "too_long", most=MAX_NAME_LENGTH)
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        raise Invalid("collection_description", "too_long", most=MAX_DESCRIPTION_LENGTH)
    if language and known_language(language) is None:
        raise Invalid("language", "unknown")
    if tag and list(hashtags(f"#{_bare(tag)}").values()) != [_bare(tag)]:
        raise Invalid("tag", "invalid")


def _bare(tag: str) -> str:
    return tag.strip().lstrip("#＃")


async def create_collection(
    *,
    owner: Identity,
    name: str,
    description: str = "",
    language: str = "",
    tag: str = "",
    is_sensitive: bool = False,
    is_discoverable: bool = True,
    person_ids: Sequence[int] = (),
    row_id: int | None = None,
) -> Collection:
    """Create a collection with its members, all or none, and announce it. Raises what `add_person` raises, and Invalid."""
    _check(name, description, language, tag)
    if len(person_ids) > rows.ITEMS:
        raise Invalid("collection_items", "too_many", most=rows.ITEMS)
    now = clock.now()
    collection_id = row_id if row_id is not None else new_id()
    async with async_atomic():
        await rows.lock(owner)
        if await Collection.objects.filter(owner=owner).acount() >= rows.COLLECTIONS:
            raise Invalid("collections", "too_many", most=rows.COLLECTIONS)
        made = await Collection.objects.acreate(
            id=collection_id,
            owner=owner,
            uri=activitypub.collection_uri(owner, collection_id),
            name=name.strip(),
            description=description.strip(),
            language=language,
            tag=_bare(tag),
            is_sensitive=is_sensitive,
            is_discoverable=is_discoverable,
            created_at=now,
            updated_at=now,
        )
        for person_id in dict.fromkeys(person_ids):
            await add(owner, made, person_id, is_announced=False)
        await announcing.announce_new(made)
    return made


async def edit_collection(
    *,
    owner: Identity,
    collection_id: int,
    name: str | None = None,
    description: str | None = None,
    language: str | None = None,
    tag: str | None = None,
    is_sensitive: bool | None = None,
    is_discoverable: bool | None = None,
) -> None:
    """Change a collection; None leaves a value as it is. Raises NotFound, NotAllowed for another user's collection, Invalid."""
    _check(name, description, language, tag)
    wanted = {
        "name": None if name is None else name.strip(),
        "description": None if description is None else description.strip(),
        "language": language,
        "tag": None if tag is None else _bare(tag),
        "is_sensitive": is_sensitive,
        "is_discoverable": is_discoverable,
    }
    async with async_atomic():
        collection = await rows.own(owner, collection_id)
        changes = {
            key: value
            for key, value in wanted.items()
            if value is not None and value != getattr(collection, key)
        }
        if not changes:
            return
        was_discoverable = collection.is_discoverable
        for key, value in changes.items():
            setattr(collection, key, value)
        collection.updated_at = clock.now()
        await collection.asave(update_fields=[*changes, "updated_at"])
        await announcing.announce_edit(collection, was_discoverable=was_discoverable)
        if "name" in changes or "description" in changes:
            await events.on_changed.emit(collection)


async def delete_collection(*, owner: Identity, collection_id: int) -> None:
    """Delete one of the user's collections. Raises NotFound, NotAllowed for another user's."""
    async with async_atomic():
        collection = await rows.own(owner, collection_id)
        await announcing.announce_removal(collection)
        await rows.remove(collection)
