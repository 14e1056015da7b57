"""Template tags for who may reply to, like and boost a post. No queries: everything is loaded before."""

from django import template

from activities.posts.models import Interaction, InteractionPolicy
from activities.posts.queries.permissions import permission_in_view
from activities.posts.queries.views import PostView
from users.identities.models import Identity

register = template.Library()

_WHO = (
    (InteractionPolicy.followers.value, "followers"),
    (InteractionPolicy.following.value, "people the author follows"),
)


@register.simple_tag
def refusal(post: PostView, viewer: Identity | None, kind: str) -> str:
    """Return why the viewer may not reply to, like or boost the post; empty when they may."""
    wanted = Interaction(kind)
    if permission_in_view(wanted, post, viewer) != "denied":
        return ""
    if wanted is Interaction.reply and post.is_locked:
        return "The moderators of the group have locked this thread"
    if wanted is Interaction.boost and post.boost_policy == InteractionPolicy.public:
        return "This post can't be boosted"
    return f"The author doesn't let you {kind}"


@register.filter
def repliers(post: PostView) -> str:
    """Return who can reply to a post, if not everybody who can see it."""
    policy = post.reply_policy
    if policy & InteractionPolicy.public:
        return ""
    if policy >> 4:
        return "those whom the author lets, who is asked first"
    who = [words for flag, words in _WHO if policy & flag]
    return " and ".join([*who, "people mentioned in it"])


_REQUESTS = {
    "reply": ("reply", "asks to reply to your post", "replied to your post"),
    "like": ("heart", "asks to like your post", "liked your post"),
    "boost": ("boost", "asks to boost your post", "boosted your post"),
}


@register.filter
def request_icon(kind: str) -> str:
    return _REQUESTS[kind][0]


@register.filter
def request_words(kind: str, accepted: bool) -> str:
    """Return the text for a request, or for the accepted interaction."""
    return _REQUESTS[kind][2 if accepted else 1]
