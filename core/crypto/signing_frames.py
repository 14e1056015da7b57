"""Frames between a process and its child that signs: jobs to it, signatures from it, each behind its length."""

import msgspec

READY = b"\n"  # what the child says first
LENGTH_BYTES = 2


class Job(msgspec.Struct, array_like=True):
    """A text to sign, and the RSA key for it as PEM."""

    pem: bytes
    text: bytes


def frame(data: bytes) -> bytes:
    """Return `data` behind its length. Raises OverflowError above 65,535 bytes."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data
