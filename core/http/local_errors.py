"""Errors caused by this machine rather than a peer: out of file descriptors, ports or memory, or no network."""

import errno
import socket

_NOTHING_LEFT = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_NO_NETWORK = frozenset((errno.ENETUNREACH, errno.ENETDOWN))
# Public addresses: connecting a UDP socket only looks the route up and sends nothing.
_PUBLIC = {socket.AF_INET: "198.41.0.4", socket.AF_INET6: "2001:503:ba3e::2:30"}


def is_local_error(error: BaseException | None, family: int = socket.AF_INET) -> bool:
    """Return whether this machine, not the peer, caused `error` or one of its causes. `family`: that of the address tried."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and _is_ours(error, family)):
            return True
        error = error.__cause__
    return False


def _is_ours(error: OSError, family: int) -> bool:
    if error.errno in _NOTHING_LEFT:
        return True
    if error.errno == errno.EADDRNOTAVAIL:
        # All local ports are taken. Without IPv6 an IPv6 address gives the same error, and there it is the peer that has no other.
        return _has_route(family) or _is_offline()
    return error.errno in _NO_NETWORK and _is_offline()


def _is_offline() -> bool:
    return not any(_has_route(family) for family in _PUBLIC)


def _has_route(family: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_PUBLIC[socket.AddressFamily(family)], 53))
    except OSError as error:
        return error.errno in _NOTHING_LEFT  # cannot tell
    return True
