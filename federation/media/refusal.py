"""Servers whose media is not shown here: blocked ones, and those whose media operators refuse."""

from federation.peers import is_blocked, takes_media_from


async def is_refused(host: str) -> bool:
    return await is_blocked(host) or not await takes_media_from(host)
