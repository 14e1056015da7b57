"""FeatureApproval: docs.joinmastodon.org/entities/FeatureApproval. The answer is the same for everybody but those who are blocked."""

from typing import Literal

import msgspec

Policy = Literal["public", "followers", "following", "unsupported_policy"]


class FeatureApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: Literal["automatic", "manual", "denied", "unknown", "missing"]


EVERYBODY = FeatureApproval(["public"], [], "automatic")
NEVER = FeatureApproval([], [], "denied")
