"""Frames between a process and its signing child: jobs and signatures, each prefixed with its length."""

import msgspec

READY = b"\n"  # the child's first output
LENGTH_BYTES = 2


class Job(msgspec.Struct, array_like=True):
    """A text to sign, and the RSA key for it as PEM."""

    pem: bytes
    text: bytes


def frame(data: bytes) -> bytes:
    """Return `data` prefixed with its length. Raises OverflowError above 65,535 bytes."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data
