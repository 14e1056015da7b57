"""Copying a remote emoji. Its picture is fetched without a database connection."""

import re

from core import http
from core.db import release_connection
from core.errors import BadInput, NotAllowed, NotFound
from core.media import limits
from federation.media.refusal import is_refused, is_refused_source
from federation.peers import host_of
from users.domains.models import Domain
from users.emojis.models import Emoji
from users.emojis.services import own

_OTHER = re.compile(r"[^A-Za-z0-9_]+")
_TIMEOUT_S = 10.0


def local_shortcode(shortcode: str) -> str:
    """Return the shortcode of a remote emoji, reduced to the characters that are valid here."""
    return _OTHER.sub("_", shortcode)


async def copy_emoji(
    *, emoji_id: int, shortcode: str = "", category: str = "", domain: Domain | None = None
) -> Emoji:
    """Copy a remote emoji, keeping its shortcode unless another is given. Raises NotFound, NotAllowed, FetchError, BadInput."""
    remote = await Emoji.objects.filter(pk=emoji_id).exclude(host="").afirst()
    if remote is None:
        raise NotFound(code="no_such_emoji")
    if await is_refused(remote.host) or await is_refused_source(host_of(remote.url)):
        raise NotAllowed(code="server_blocked", detail=remote.host)
    await release_connection()
    answer = await http.client().get(
        remote.url, accept="image/*", max_bytes=limits.EMOJI_BYTES, timeout_s=_TIMEOUT_S
    )
    if not answer.is_success:
        raise BadInput(
            code="emoji_not_fetched", detail=f"{remote.url}: {answer.status}", answer=answer.status
        )
    return await own.add_emoji(
        shortcode=shortcode or local_shortcode(remote.shortcode),
        picture=answer.body,
        category=category,
        domain=domain,
    )
