"""Preferences: docs.joinmastodon.org/entities/Preferences. Keys contain colons."""

from typing import Literal

import msgspec

from api.entities.visibility import StatusVisibility


class Preferences(msgspec.Struct, kw_only=True):
    visibility: StatusVisibility = msgspec.field(name="posting:default:visibility")
    sensitive: bool = msgspec.field(name="posting:default:sensitive", default=False)
    language: str | None = msgspec.field(name="posting:default:language", default=None)
    quote_policy: Literal["public", "followers", "nobody"] = msgspec.field(
        name="posting:default:quote_policy"
    )
    media: Literal["default", "show_all", "hide_all"] = msgspec.field(
        name="reading:expand:media", default="default"
    )
    spoilers: bool = msgspec.field(name="reading:expand:spoilers", default=False)
    gifs: bool = msgspec.field(name="reading:autoplay:gifs", default=False)
