"""Captions of videos and audio: local ones are stored as text with the attachment, remote ones are fetched when a reader requests them."""

import secrets

import msgspec

from activities.media.models import Attachment, AttachmentKind, Captions
from activities.posts.addresses import base_url_of
from core import http
from core.db import async_atomic, release_connection, sql
from core.errors import Invalid, NotFound
from core.http import FetchError
from core.media.captions import read_captions
from core.media.limits import CAPTIONS_BYTES
from federation.media.refusal import is_refused, is_refused_source
from federation.peers import host_of
from users.identities.models import Identity

PATH = "/captions/"  # web/public_urls.py
KINDS = frozenset((AttachmentKind.video.value, AttachmentKind.audio.value))
_TIMEOUT_S = 8.0


class CaptionsChange(msgspec.Struct, frozen=True):
    """New captions of an attachment, as clean WebVTT; without a text it loses its own."""

    text: str = ""
    language: str = ""


async def set_captions(*, author_id: int, attachment_id: int, change: CaptionsChange) -> None:
    """Replace the captions of a video or audio file, which get another address unless they stay the same.

    Raises NotFound if the file is not the author's.
    """
    if change == await _captions_of(author_id, attachment_id):
        return
    author = await Identity.objects.aget(pk=author_id)
    name = secrets.token_urlsafe(16)
    listed = [{"language": change.language, "url": f"{base_url_of(author)}{PATH}{name}.vtt"}]
    async with async_atomic():
        mine = Attachment.objects.filter(pk=attachment_id, author_id=author_id, kind__in=KINDS)
        if not await mine.aupdate(captions=listed if change.text else []):
            raise NotFound
        await Captions.objects.filter(pk=attachment_id).adelete()
        if change.text:
            await Captions.objects.acreate(id=attachment_id, name=name, text=change.text)


async def _captions_of(author_id: int, attachment_id: int) -> CaptionsChange | None:
    row = await sql.one(
        """SELECT c.text, t.captions->0->>'language' FROM activities_attachment t JOIN activities_captions c ON c.id = t.id
           WHERE t.id = %s AND t.author_id = %s""",
        [attachment_id, author_id],
    )
    return CaptionsChange(*row) if row else None


async def remote_captions(*, url: str, owner_host: str) -> str:
    """Fetch captions from where their author's server says they are, as clean WebVTT. Raises NotFound when there are none to show."""
    if not host_of(url) or await is_refused(owner_host) or await is_refused_source(host_of(url)):
        raise NotFound
    await release_connection()
    try:
        answer = await http.client().get(
            url, accept="text/vtt, text/plain", max_bytes=CAPTIONS_BYTES, timeout_s=_TIMEOUT_S
        )
        if not answer.is_success or await is_refused_source(host_of(answer.url)):
            raise NotFound
        return read_captions(answer.body)
    except (FetchError, Invalid) as error:
        raise NotFound from error
