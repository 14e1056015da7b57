"""Context: docs.joinmastodon.org/entities/Context"""

import msgspec

from api.entities.status import Status


class Context(msgspec.Struct):
    ancestors: list[Status]
    descendants: list[Status]
