"""Interaction policies in GoToSocial's form: of single statuses, and the defaults."""

from typing import Literal

import msgspec

from activities.posts.defaults import with_defaults
from activities.posts.models import Interaction, Visibility
from api.entities.interaction_policy import VISIBILITIES, WORDS, DefaultPolicies, default_policies
from api.routing import Call, endpoint
from core.errors import BadInput
from users.identities.services import profiles

Who = Literal["public", "followers", "following", "mutuals", "mentioned", "author", "me"]


class AskedRules(msgspec.Struct):
    """Rules of a policy. `always` and `with_approval` are the older names."""

    always: list[Who] = []
    automatic_approval: list[Who] = []
    with_approval: list[Who] = []
    manual_approval: list[Who] = []

    def flags(self) -> int:
        """Return flags of InteractionPolicy. Raises BadInput for unsupported values."""
        return _flags({*self.always, *self.automatic_approval}) | (
            _flags({*self.with_approval, *self.manual_approval}) << 4
        )


def _flags(who: set[Who]) -> int:
    if unknown := who - WORDS.keys():
        raise BadInput(code="policy_unsupported", given=min(unknown))
    return sum({WORDS[word] for word in who})


class AskedPolicy(msgspec.Struct):
    can_favourite: AskedRules | None = None
    can_reply: AskedRules | None = None
    can_reblog: AskedRules | None = None

    def flags(self) -> dict[Interaction, int]:
        """Return the flags for each kind that was sent."""
        asked = {
            Interaction.like: self.can_favourite,
            Interaction.reply: self.can_reply,
            Interaction.boost: self.can_reblog,
        }
        return {kind: rules.flags() for kind, rules in asked.items() if rules is not None}


@endpoint("GET", "/api/v1/interaction_policies/defaults", scope="read:accounts", auth="user")
async def show_defaults(call: Call) -> DefaultPolicies:
    """Return the policies of the caller's new statuses, by visibility."""
    return default_policies(call.me)


class AskedDefaults(msgspec.Struct):
    """The policies by visibility; an absent one is reset to everyone, as in GoToSocial."""

    public: AskedPolicy | None = None
    unlisted: AskedPolicy | None = None
    private: AskedPolicy | None = None
    direct: AskedPolicy | None = None

    def flags(self) -> dict[Visibility, dict[Interaction, int]]:
        """Return the flags of each kind, for each visibility."""
        everyone = dict.fromkeys((Interaction.like, Interaction.reply, Interaction.boost), 1)
        asked = zip(VISIBILITIES, (self.public, self.unlisted, self.private, self.direct), strict=True)
        return {visibility: everyone | (policy.flags() if policy else {}) for visibility, policy in asked}


@endpoint("PATCH", "/api/v1/interaction_policies/defaults", scope="write:accounts", auth="user")
async def change_defaults(call: Call, asked: AskedDefaults) -> DefaultPolicies:
    """Change the policies of the caller's new statuses, by visibility."""
    by_visibility = asked.flags()
    public = by_visibility.pop(Visibility.public)
    own = {
        visibility: {kind: None if value == public[kind] else value for kind, value in flags.items()}
        for visibility, flags in by_visibility.items()
    }
    identity = await profiles.edit_profile(
        identity=call.me,
        default_like_policy=public[Interaction.like],
        default_reply_policy=public[Interaction.reply],
        default_boost_policy=public[Interaction.boost],
        default_policies=with_defaults(call.me, own),
    )
    return default_policies(identity)
