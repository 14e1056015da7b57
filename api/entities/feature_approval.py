"""FeatureApproval: docs.joinmastodon.org/entities/FeatureApproval. Featuring in collections is not offered: always denied."""

from typing import Literal

import msgspec

Policy = Literal["public", "followers", "following", "unsupported_policy"]


class FeatureApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: Literal["automatic", "manual", "denied", "unknown", "missing"]


NEVER = FeatureApproval([], [], "denied")
