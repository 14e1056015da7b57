"""FeatureApproval: docs.joinmastodon.org/entities/FeatureApproval. The same for everybody except blocked viewers."""

from typing import Literal

import msgspec

Policy = Literal["public", "followers", "following", "unsupported_policy"]


class FeatureApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: Literal["automatic", "manual", "denied", "unknown", "missing"]


EVERYBODY = FeatureApproval(["public"], [], "automatic")
NEVER = FeatureApproval([], [], "denied")
