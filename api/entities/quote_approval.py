"""QuoteApproval: docs.joinmastodon.org/entities/QuoteApproval."""

from functools import lru_cache

import msgspec

from activities.posts.models import Interaction, InteractionPolicy
from activities.posts.queries.permissions import Permission, permission_in_view
from activities.posts.queries.views import PostView
from api.entities.feature_approval import Policy
from users.identities.models import Identity


class QuoteApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: Permission


NEVER = QuoteApproval([], [], "denied")

_WORDS: tuple[tuple[int, Policy], ...] = (
    (InteractionPolicy.public, "public"),
    (InteractionPolicy.followers, "followers"),
    (InteractionPolicy.following, "following"),
    (InteractionPolicy.others, "unsupported_policy"),
)


def _words(flags: int) -> list[Policy]:
    return [word for flag, word in _WORDS if flags & flag]


def quote_approval(post: PostView, viewer: Identity | None) -> QuoteApproval:
    """Render who may quote the post, and whether the viewer may."""
    return _approval(post.quote_policy, permission_in_view(Interaction.quote, post, viewer))


@lru_cache(maxsize=1024)
def _approval(policy: int, current: Permission) -> QuoteApproval:
    """Return the value, shared by all posts with the same policy."""
    return QuoteApproval(_words(policy & 15), _words(policy >> 4), current)
