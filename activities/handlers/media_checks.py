"""Media that came without a type and whose address tells none: its server is asked, and the first bytes are looked at."""

from datetime import timedelta

from activities.models import Attachment, AttachmentKind, MediaCheck, MediaCheckGraph
from activities.services.companions import set_media_types
from core import http
from core.db import release_connection
from core.http import FetchError
from core.media.sniff import HEAD_BYTES, sniff
from federation.peers import host_of, is_blocked
from stator import Outcome, later, to

_MOST_ASKED = 8  # of one post, one after the other: they fit into the lease
_TIMEOUT_S = 5.0
_MEDIA = tuple(
    f"{kind.value}/" for kind in (AttachmentKind.image, AttachmentKind.video, AttachmentKind.audio)
)
_TEMPORARY = frozenset((408, 425, 429, 500, 502, 503, 504))


@MediaCheckGraph.new.each(lease=timedelta(seconds=90), concurrency=10, fair_by="host")
async def ask(check: MediaCheck) -> Outcome:
    """The post's unknown attachments have a type, as far as their servers answer. Served by activities_attachment_post."""
    unknown = Attachment.objects.filter(post_id=check.pk, kind=AttachmentKind.unknown, media_type="")
    found, reason, is_ours = {}, "", False
    for attachment in [row async for row in unknown.order_by("position")[:_MOST_ASKED]]:
        if await is_blocked(host_of(attachment.url)):
            continue
        await release_connection()
        try:
            media_type, problem = await _media_type(attachment.url)
        except FetchError as error:
            if error.is_temporary:
                reason, is_ours = str(error), error.is_ours
            continue
        if media_type:
            found[attachment.url] = media_type
        elif problem:
            reason, is_ours = problem, False
    await set_media_types(check.pk, found)
    return later(reason, is_attempt=not is_ours) if reason else to(MediaCheckGraph.done)


async def _media_type(url: str) -> tuple[str, str]:
    """The media type of a file, empty when it is no media; and why it may be known later, or ""."""
    answer = await http.client().get(
        url,
        headers={"Range": f"bytes=0-{HEAD_BYTES - 1}"},
        accept="image/*, video/*, audio/*",
        max_bytes=HEAD_BYTES,
        timeout_s=_TIMEOUT_S,
        cut=True,
    )
    if answer.status in _TEMPORARY:
        return "", f"the file's server answers {answer.status}"
    if not answer.is_success:
        return "", ""
    named = answer.header("content-type").partition(";")[0].strip().lower()
    if named.startswith(_MEDIA):
        return named, ""
    sniffed = sniff(answer.body)
    return (sniffed.media_type if sniffed else ""), ""
