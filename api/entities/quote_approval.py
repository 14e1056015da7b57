"""QuoteApproval: docs.joinmastodon.org/entities/QuoteApproval."""

import msgspec

from activities.posts.models import QuotePolicy, Visibility
from activities.posts.queries.views import PostView
from activities.quotes.queries import QuotePermission, permission_by_policy
from api.entities.feature_approval import Policy
from users.identities.models import Identity


class QuoteApproval(msgspec.Struct, frozen=True):
    automatic: list[Policy]
    manual: list[Policy]
    current_user: QuotePermission


NEVER = QuoteApproval([], [], "denied")

_WORDS: tuple[tuple[int, Policy], ...] = (
    (QuotePolicy.public, "public"),
    (QuotePolicy.followers, "followers"),
    (QuotePolicy.following, "following"),
    (QuotePolicy.others, "unsupported_policy"),
)


def _words(flags: int) -> list[Policy]:
    return [word for flag, word in _WORDS if flags & flag]


def quote_approval(post: PostView, viewer: Identity | None) -> QuoteApproval:
    """Return who may quote the post, and whether its viewer may."""
    is_author = viewer is not None and viewer.pk == post.author_id
    current: QuotePermission = "denied"
    if is_author or (viewer is not None and post.visibility <= Visibility.unlisted):
        current = permission_by_policy(
            post.quote_policy,
            is_author=is_author,
            follows=post.follows_author,
            followed=post.is_followed_by_author,
        )
    return QuoteApproval(_words(post.quote_policy & 15), _words(post.quote_policy >> 4), current)
