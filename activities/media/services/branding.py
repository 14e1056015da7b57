"""Logo, icon and banner of a domain. They are uploads whose files are referenced by name, like avatars."""

from typing import Literal

from django.core.files.uploadedfile import UploadedFile

from activities.media.services.uploads import descriptor_of, discard, sniff_upload
from core.db import async_atomic, release_connection, sql
from core.errors import Invalid
from core.media import children, limits
from core.media.locations import media_root
from core.media.messages import ConvertedFile, ConvertPreview, ConvertProfilePicture
from core.media.references import register_references
from users.domains import services as domains
from users.domains.models import Domain

type Kind = Literal["logo", "icon", "banner"]
KINDS: tuple[Kind, ...] = ("logo", "icon", "banner")

# few rows
register_references(
    "SELECT w.name FROM w JOIN users_domain d ON w.name IN (d.logo_file, d.icon_file, d.banner_file)"
)


async def convert(kind: Kind, file: UploadedFile) -> str:
    """Store a picture in the shape of its kind and return the file's name. A logo keeps its proportions. A periodic job deletes the file
    unless a domain uses it.

    Raises Invalid if the upload is not an image or too large.
    """
    if not file.size:
        raise Invalid("file", "blank")
    if file.size > limits.PICTURE_BYTES:
        raise Invalid("file", "too_large", most=limits.PICTURE_BYTES // limits.MEGABYTE)
    found = sniff_upload(file)
    if found is None or found.kind != "image":
        raise Invalid("file", "not_a_picture")
    root = str(media_root())
    job: ConvertPreview | ConvertProfilePicture = ConvertPreview(root=root, reader=found.reader)
    if kind != "logo":
        width, height = limits.DOMAIN_ICON_SIZE if kind == "icon" else limits.BANNER_SIZE
        job = ConvertProfilePicture(root=root, reader=found.reader, width=width, height=height)
    await release_connection()
    made = await children.run(job, descriptor_of(file))
    assert isinstance(made, ConvertedFile)
    return made.file or made.preview_file


async def set_pictures(*, domain: Domain, files: dict[Kind, str]) -> Domain:
    """Set a domain's converted pictures; an empty name removes one. Replaced files are deleted soon after."""
    async with async_atomic():
        row = await sql.one(
            "SELECT logo_file, icon_file, banner_file FROM users_domain WHERE id = %s FOR NO KEY UPDATE",
            [domain.pk],
        )
        before: dict[Kind, str] = dict(zip(KINDS, row or ("", "", ""), strict=True))
        changed = await domains.edit_domain(
            domain=domain, **{f"{kind}_file": name for kind, name in files.items()}
        )
        await discard([before[kind] for kind, name in files.items() if before[kind] != name])
    return changed
