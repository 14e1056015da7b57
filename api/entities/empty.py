"""The empty object that many endpoints return."""

import msgspec


class Empty(msgspec.Struct):
    """The empty object `{}`."""
