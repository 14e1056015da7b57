"""Pictures of custom emoji: conversion in a child process, and removal."""

import os
from collections.abc import Sequence

from core.db import release_connection
from core.errors import Invalid
from core.media import children, limits
from core.media.locations import media_root
from core.media.messages import ConvertedFile, ConvertEmoji
from core.media.sniff import HEAD_BYTES, sniff
from users.emojis import events
from users.emojis.models import Emoji, EmojiRemoval

READERS = {"image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF"}


async def convert(content: bytes) -> ConvertedFile:
    """Convert and store a picture of at most EMOJI_BYTES. Raises BadInput if it can't be used for an emoji. Not in a transaction.

    `preview_file` is its still version if it is animated. The files are deleted unless an emoji uses them soon.
    """
    if not content:
        raise Invalid("file", "blank")
    if len(content) > limits.EMOJI_BYTES:
        raise Invalid("file", "emoji_too_large", most=limits.EMOJI_BYTES // 1024)
    found = sniff(content[:HEAD_BYTES])
    if found is None or found.media_type not in READERS:
        raise Invalid("file", "not_for_emoji")
    await release_connection()
    descriptor = os.memfd_create("emoji")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        made = await children.run(
            ConvertEmoji(root=str(media_root()), reader=READERS[found.media_type]), descriptor
        )
    finally:
        os.close(descriptor)
    assert isinstance(made, ConvertedFile)
    return made


async def retire(emojis: Sequence[Emoji], *, replaced: bool = False) -> None:
    """Schedule the removal of these pictures from posts and profiles, or their replacement. Runs in the transaction of the change."""
    await EmojiRemoval.objects.abulk_create(
        EmojiRemoval(emoji=one if replaced else None, file=one.file, static_file=one.static_file)
        for one in emojis
    )


async def discard(names: Sequence[str]) -> None:
    """Schedule the deletion of files that no emoji uses after this transaction."""
    await events.on_files_unused.emit([name for name in names if name])
