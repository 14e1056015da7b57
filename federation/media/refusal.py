"""Servers whose media is not shown: blocked ones, and those whose media operators refuse."""

from federation.peers import is_media_shown, is_storage_shown, known_policies


async def is_refused(host: str) -> bool:
    await known_policies()
    return not is_media_shown(host)


async def is_refused_source(host: str) -> bool:
    """Return whether files that this host stores for users of another one are refused."""
    await known_policies()
    return not is_storage_shown(host)
