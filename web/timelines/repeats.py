"""Posts that occur several times on one page of a timeline, because several people boosted them. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from activities.posts.queries.views import PostView
from users.identities.models import ActorType


def merged(posts: Sequence[PostView]) -> list[PostView]:
    """Return each post once, at its first place, with everyone on the page who boosted it."""
    rows: dict[int, PostView] = {}
    for post in posts:
        first = rows.setdefault(post.shown.id, post)
        if first is post or not (_is_boost(first) and _is_boost(post)):
            continue
        if post.author_id not in {first.author_id, *(one.id for one in first.other_boosters)}:
            rows[post.shown.id] = replace(first, other_boosters=(*first.other_boosters, post.author))
    return list(rows.values())


def _is_boost(post: PostView) -> bool:
    """Return whether a person boosted it: what a group boosts was posted in it."""
    return post.boost_of is not None and post.author.actor_type != ActorType.group
