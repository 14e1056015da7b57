"""Permission to reply to, like, boost or quote a post, by its policy (Post.policy_for). Visibility is checked separately, by visibility.py."""

from functools import lru_cache
from typing import Literal

from activities.posts.models import Interaction, InteractionPolicy, Mention, Post, Visibility
from activities.posts.queries.views import PostView
from core.db import sql
from core.db.statements import Statement
from core.errors import NotAllowed
from users.identities.models import Identity
from users.relations.queries.predicates import follows

RELATION = Statement(
    "posts.standing",
    "Whether somebody follows a post's author, is followed by them, and is mentioned in the post.",
    "users_follow_pair",
    "activities_mention_pair",
)

BOOSTED_BY_AUTHOR_ONLY = frozenset({Visibility.followers, Visibility.mentioned, Visibility.limited})

Permission = Literal["automatic", "manual", "denied", "unknown"]


@lru_cache(maxsize=1024)  # arithmetic of flags takes a microsecond, and each post of a page asks four times
def permission_by_policy(policy: int, *, is_author: bool, follows: bool, followed: bool) -> Permission:
    """Return a policy's permission for an actor who follows the author, is followed by the author, or neither."""
    if is_author:
        return "automatic"
    open_to = InteractionPolicy.public | (InteractionPolicy.followers if follows else 0)
    open_to |= InteractionPolicy.following if followed else 0
    if policy & open_to:
        return "automatic"
    if (policy >> 4) & open_to:
        return "manual"
    return "unknown" if (policy | policy >> 4) & InteractionPolicy.others else "denied"


async def permission(kind: Interaction, identity: Identity, post: Post) -> Permission:
    """Return whether `identity` may interact with the post. Mentioned actors may always reply, as in GoToSocial."""
    policy = post.policy_for(kind)
    if identity.pk == post.author_id or policy & InteractionPolicy.public:
        return "automatic"
    row = await sql.one(
        RELATION(
            f"""SELECT {follows("%(me)s", "%(author)s")}, {follows("%(author)s", "%(me)s")},
                EXISTS (SELECT 1 FROM activities_mention WHERE post_id = %(post)s AND identity_id = %(me)s)""",
            me=identity.pk,
            author=post.author_id,
            post=post.pk,
        )
    )
    assert row is not None
    if kind is Interaction.reply and row[2]:
        return "automatic"
    return permission_by_policy(policy, is_author=False, follows=row[0], followed=row[1])


def permission_in_view(kind: Interaction, post: PostView, viewer: Identity | None) -> Permission:
    """Return whether the viewer may interact with a post that was loaded for them."""
    if viewer is None:
        return "denied"
    is_permitted = viewer.pk == post.author_id
    match kind:
        case Interaction.like:
            policy = post.like_policy
        case Interaction.reply:
            if post.is_locked:
                return "denied"
            policy = post.reply_policy
            # viewers of a limited post are mentioned, at least silently
            is_mentioned = post.visibility == Visibility.limited or any(
                one.id == viewer.pk for one in post.mentions
            )
            is_permitted = is_permitted or is_mentioned
        case Interaction.boost:
            if post.visibility in BOOSTED_BY_AUTHOR_ONLY and not is_permitted:
                return "denied"
            policy = post.boost_policy
        case Interaction.quote:
            if post.visibility > Visibility.unlisted and not is_permitted:
                return "denied"
            policy = post.quote_policy
    return permission_by_policy(
        policy, is_author=is_permitted, follows=post.follows_author, followed=post.is_followed_by_author
    )


async def require_permission(kind: Interaction, identity: Identity, post: Post) -> None:
    """Raise NotAllowed if the post's policy forbids it."""
    if await permission(kind, identity, post) == "denied":
        raise refusal(kind, "the policy of the post")


def refusal(kind: Interaction, detail: str) -> NotAllowed:
    """Return the error for a reply, like or boost that the post's policy or its author refuses."""
    match kind:
        case Interaction.reply:
            return NotAllowed(code="reply_not_allowed", detail=detail)
        case Interaction.like:
            return NotAllowed(code="like_not_allowed", detail=detail)
    return NotAllowed(code="boost_not_allowed", detail=detail)


async def is_mentioned(identity: Identity, post: Post) -> bool:
    """Return whether the post mentions an actor. Served by activities_mention_pair."""
    return await Mention.objects.filter(post_id=post.pk, identity_id=identity.pk).aexists()
