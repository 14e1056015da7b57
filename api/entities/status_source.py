"""StatusSource: docs.joinmastodon.org/entities/StatusSource"""

import msgspec


class StatusSource(msgspec.Struct):
    id: str
    text: str
    spoiler_text: str
    content_type: str  # not in Mastodon: glitch-soc and Pleroma
