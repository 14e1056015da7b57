"""InteractionPolicy, as in GoToSocial: docs.gotosocial.org/en/latest/api/swagger."""

from functools import lru_cache

import msgspec

from activities.posts.defaults import default_policy
from activities.posts.models import Interaction, InteractionPolicy, Visibility
from activities.posts.queries.permissions import BOOSTED_BY_AUTHOR_ONLY, Permission, permission_in_view
from activities.posts.queries.views import PostView
from users.identities.models import Identity


class PolicyRules(msgspec.Struct, frozen=True):
    """Permitted actors: `public`, `followers`, `following`, `mentioned`, `author`; and `me` if the viewer is permitted.

    `always` and `with_approval` are older names of the same.
    """

    always: list[str]
    automatic_approval: list[str]
    with_approval: list[str]
    manual_approval: list[str]


class StatusInteractionPolicy(msgspec.Struct, frozen=True):
    can_favourite: PolicyRules
    can_reply: PolicyRules
    can_reblog: PolicyRules


class DefaultPolicies(msgspec.Struct, frozen=True):
    """The policies of new posts by visibility."""

    public: StatusInteractionPolicy
    unlisted: StatusInteractionPolicy
    private: StatusInteractionPolicy
    direct: StatusInteractionPolicy


# in the order of DefaultPolicies
VISIBILITIES = (Visibility.public, Visibility.unlisted, Visibility.followers, Visibility.mentioned)
WORDS = {
    "public": InteractionPolicy.public.value,
    "followers": InteractionPolicy.followers.value,
    "following": InteractionPolicy.following.value,
    # always permitted
    "author": 0,
    "me": 0,
    "mentioned": 0,
}


def _rules(kind: Interaction, flags: int, own: str = "denied") -> PolicyRules:
    automatic = _words(flags & 15)
    if "public" not in automatic:
        automatic = ["author", *automatic, *(["mentioned"] if kind is Interaction.reply else [])]
    manual = _words(flags >> 4)
    if own == "automatic":
        automatic.append("me")
    elif own == "manual":
        manual.append("me")
    return PolicyRules(automatic, automatic, manual, manual)


def _words(flags: int) -> list[str]:
    return [word for word, flag in WORDS.items() if flags & flag]


def interaction_policy(post: PostView, viewer: Identity | None) -> StatusInteractionPolicy:
    """Render who may like, reply to and boost a post, and whether the viewer may."""
    return _policy(
        post.like_policy,
        post.reply_policy,
        0 if post.visibility in BOOSTED_BY_AUTHOR_ONLY else post.boost_policy,
        permission_in_view(Interaction.like, post, viewer),
        permission_in_view(Interaction.reply, post, viewer),
        permission_in_view(Interaction.boost, post, viewer),
    )


@lru_cache(maxsize=1024)
def _policy(
    like: int, reply: int, boost: int, may_like: Permission, may_reply: Permission, may_boost: Permission
) -> StatusInteractionPolicy:
    """Return the policy, shared by all posts with the same one: most have the default one."""
    return StatusInteractionPolicy(
        _rules(Interaction.like, like, may_like),
        _rules(Interaction.reply, reply, may_reply),
        _rules(Interaction.boost, boost, may_boost),
    )


def default_policies(identity: Identity) -> DefaultPolicies:
    def of(visibility: Visibility) -> StatusInteractionPolicy:
        is_boosted = visibility not in BOOSTED_BY_AUTHOR_ONLY
        boosts = default_policy(identity, Interaction.boost, visibility) if is_boosted else 0
        found = {
            kind: _rules(kind, default_policy(identity, kind, visibility))
            for kind in (Interaction.like, Interaction.reply)
        }
        return StatusInteractionPolicy(
            found[Interaction.like],
            found[Interaction.reply],
            _rules(Interaction.boost, boosts),
        )

    return DefaultPolicies(*map(of, VISIBILITIES))
