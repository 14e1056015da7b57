"""The empty object that many deeds are answered with."""

import msgspec


class Nothing(msgspec.Struct):
    """`{}`"""
