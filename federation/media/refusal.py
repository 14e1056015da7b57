"""Servers whose media is not shown here: blocked ones, and those whose media operators refuse."""

from federation.peers import is_blocked, is_blocked_by_name, takes_media_from


async def is_refused(host: str) -> bool:
    return await is_blocked(host) or not await takes_media_from(host)


async def is_refused_source(host: str) -> bool:
    """Return whether files that this host keeps for people of another one are refused. It need not be listed where only listed servers are."""
    return await is_blocked_by_name(host) or not await takes_media_from(host)
