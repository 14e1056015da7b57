"""Avatars and headers. They are uploads whose files are referenced by name."""

from typing import Any, Literal

from django.core.files.uploadedfile import UploadedFile

from activities.media.services.uploads import descriptor_of, discard, sniff_upload
from activities.posts.addresses import base_url_of
from core.db import async_atomic, release_connection, sql
from core.errors import Invalid
from core.media import children, limits
from core.media.locations import media_root, url_of
from core.media.messages import ConvertedFile, ConvertProfilePicture
from users.identities import events
from users.identities.models import Identity
from users.identities.services import profiles

type Kind = Literal["icon", "image"]  # avatar, header
type Crop = tuple[float, float, float, float]  # left, top, width, height as fractions of the upright picture
SIZES: dict[Kind, tuple[int, int]] = {"icon": limits.ICON_SIZE, "image": limits.HEADER_SIZE}
_SMALLEST = 0.01  # of a side


def crop_of(text: str) -> Crop | None:
    """Return the part of a picture given by four comma-separated numbers; None if they are invalid."""
    try:
        left, top, width, height = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not (0 <= left < 1 and 0 <= top < 1 and _SMALLEST <= width <= 1 and _SMALLEST <= height <= 1):
        return None  # also NaN
    return left, top, min(width, 1 - left), min(height, 1 - top)


async def edit_profile(
    *,
    identity: Identity,
    pictures: dict[Kind, UploadedFile] | None = None,
    crops: dict[Kind, Crop | None] | None = None,
    without: tuple[Kind, ...] = (),
    **changes: Any,
) -> Identity:
    """Change a profile (users.identities.services.profiles.edit_profile) together with its pictures.

    `pictures` are uploads that replace avatar or header, `crops` the parts of them to show (default: the middle), `without` those to
    remove with their descriptions. Replaced files are deleted soon after. Raises BadInput if an upload is not an image or too large; then
    nothing is changed.
    """
    columns: dict[str, Any] = {}
    for kind in without:
        columns |= {f"{kind}_url": "", f"{kind}_file": "", f"{kind}_description": ""}
    for kind, file in (pictures or {}).items():
        name = await _made(kind, file, (crops or {}).get(kind))
        columns |= {f"{kind}_url": url_of(name, base_url_of(identity)), f"{kind}_file": name}
    async with async_atomic():
        before = await _files_of(identity)
        changed = await profiles.edit_profile(identity=identity, **{**changes, **columns})
        await discard([name for name in before if name not in {changed.icon_file, changed.image_file}])
    return changed


async def _files_of(identity: Identity) -> tuple[str, str]:
    """Return the stored files of avatar and header, and lock the row against concurrent changes."""
    row = await sql.one(
        "SELECT icon_file, image_file FROM users_identity WHERE id = %s FOR NO KEY UPDATE", [identity.pk]
    )
    return (row[0], row[1]) if row else ("", "")


async def _made(kind: Kind, file: UploadedFile, crop: Crop | None) -> str:
    """Store an upload cropped to its size and return the file's name. A periodic job deletes the file unless a profile uses it."""
    if not file.size:
        raise Invalid(kind, "blank")
    if file.size > limits.PICTURE_BYTES:
        raise Invalid(kind, "too_large", most=limits.PICTURE_BYTES // limits.MEGABYTE)
    found = sniff_upload(file)
    if found is None or found.kind != "image":
        raise Invalid(kind, "not_a_picture")
    width, height = SIZES[kind]
    job = ConvertProfilePicture(
        root=str(media_root()), reader=found.reader, width=width, height=height, crop=crop
    )
    await release_connection()
    made = await children.run(job, descriptor_of(file))
    assert isinstance(made, ConvertedFile)
    return made.file


@events.on_identity_deleted
async def remove_files_of(identity: Identity) -> None:
    """Remove avatar, header and unattached uploads at once; the files of posts are deleted with the posts."""
    if identity.is_local:
        await discard(await _files_of(identity))
        await sql.run(
            "DELETE FROM activities_attachment WHERE author_id = %s AND post_id IS NULL", [identity.pk]
        )
