"""The empty object that many endpoints return."""

import msgspec


class Nothing(msgspec.Struct):
    """`{}`"""
