"""Template tags for interaction policies, writers of shared identities, and offers to follow. No queries: everything is loaded before."""

from collections.abc import Mapping
from typing import NamedTuple

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from activities.posts.models import Interaction, InteractionPolicy, Visibility
from activities.posts.queries.permissions import BOOSTED_BY_AUTHOR_ONLY, permission_in_view
from activities.posts.queries.views import PostView
from activities.posts.queries.writers import may_change_post
from federation.policies.domains import is_isolated
from users.identities.models import Identity
from users.identities.queries.profiles import Profile
from users.logins.access import speaker
from users.relations.queries.relationships import Relationship

register = template.Library()
register.filter("changeable", may_change_post)

_REFUSALS = {
    Interaction.reply: gettext_lazy("The author doesn't let you reply"),
    Interaction.like: gettext_lazy("The author doesn't let you like"),
    Interaction.boost: gettext_lazy("The author doesn't let you boost"),
}


@register.filter
def stays_here(writer: Identity | None) -> bool:
    """Return whether posts of an identity reach no other server, because its domain doesn't federate."""
    return writer is not None and is_isolated(writer.domain_id or 0)


@register.simple_tag
def refusal(post: PostView, viewer: Identity | None, kind: str) -> str:
    """Return why the viewer may not reply to, like or boost the post; empty if they may."""
    wanted = Interaction(kind)
    if permission_in_view(wanted, post, viewer) != "denied":
        return ""
    if wanted is Interaction.reply and post.is_locked:
        return _("The moderators of the group have locked this thread")
    if wanted is Interaction.boost and post.boost_policy == InteractionPolicy.public:
        return _("This post can't be boosted")
    return str(_REFUSALS[wanted])


@register.filter
def repliers(post: PostView) -> str:
    """Return who can reply to a post, if not everybody who can see it."""
    policy = post.reply_policy
    if policy & InteractionPolicy.public:
        return ""
    if policy >> 4:
        return _("Replies need the author's approval first.")
    by_followers, by_followed = policy & InteractionPolicy.followers, policy & InteractionPolicy.following
    if by_followers and by_followed:
        return _("Only followers, people the author follows, and people mentioned in it can reply.")
    if by_followers:
        return _("Only followers and people mentioned in it can reply.")
    if by_followed:
        return _("Only people the author follows and people mentioned in it can reply.")
    return _("Only people mentioned in it can reply.")


@register.simple_tag
def own_policies(post: PostView) -> list[tuple[str, str]]:
    """Return for the author who may reply to, quote, like and boost the post: each as its name and who."""
    names = {
        Interaction.reply: _("Replies"),
        Interaction.quote: _("Quotes"),
        Interaction.like: _("Likes"),
        Interaction.boost: _("Boosts"),
    }
    return [(words, _who(post, kind)) for kind, words in names.items()]


def _who(post: PostView, kind: Interaction) -> str:
    policy = getattr(post, f"{kind}_policy")
    is_own = (kind is Interaction.quote and post.visibility > Visibility.unlisted) or (
        kind is Interaction.boost and post.visibility in BOOSTED_BY_AUTHOR_ONLY
    )
    if not policy or is_own:
        return _("Only people I mention") if kind is Interaction.reply else _("Only me")
    if policy & InteractionPolicy.public:
        return _("Everyone")
    if policy & InteractionPolicy.public_asked:
        return _("Everyone, after I agree")
    by_followers, by_followed = policy & InteractionPolicy.followers, policy & InteractionPolicy.following
    if by_followers and by_followed:
        return _("My followers and people I follow")
    if by_followers:
        return _("My followers")
    return _("People I follow") if by_followed else _("A choice of an app")


class FollowOffer(NamedTuple):
    """The button for following an account in a list. `ends` says what it does if it ends a follow or a request, `then` what it says next."""

    words: str
    then: str
    ends: str = ""


@register.filter
def followed_words(person: Profile) -> str:
    """Return what the button of an account will most likely say once it is followed."""
    waits = person.approves_followers or not person.is_local
    return pgettext("state", "Requested") if waits else pgettext("state", "Following")


@register.simple_tag
def follow_offer(person: Profile, relations: Mapping[int, Relationship] | None) -> FollowOffer | None:
    """Return the button for following an account in a list; None if there is none."""
    relation = (relations or {}).get(person.id)
    if relation is None or relation.blocking or relation.blocked_by:
        return None
    follow = _("Follow back") if relation.followed_by else _("Follow")
    if relation.following:
        return FollowOffer(pgettext("state", "Following"), follow, _("Unfollow"))
    if relation.requested:
        return FollowOffer(pgettext("state", "Requested"), follow, _("Cancel request"))
    if person.is_hidden or person.moved_to_uri:
        return None
    return FollowOffer(follow, followed_words(person))


@register.simple_tag
def writer_of(post: PostView) -> str:
    """Return how the speaker knows the login that wrote a post or boost; "" if no other login had access then, and for strangers."""
    writer, now = post.writer, speaker()
    if writer is None or now is None:
        return ""
    if writer.user_id == now.user_id:
        return _("you")
    return _("somebody who has left") if writer.label is None else writer.label or _("the first owner")
