"""QuoteApproval: docs.joinmastodon.org/entities/QuoteApproval. Nobody may quote until quotes exist here."""

from typing import Literal

import msgspec

from api.entities.feature_approval import Policy


class QuoteApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: Literal["automatic", "manual", "denied", "unknown"]


NEVER = QuoteApproval([], [], "denied")
