"""The initial values of a form for a post or a reply."""

import secrets

from activities.posts.models import Visibility
from activities.posts.queries.views import MentionView, PostView
from users.identities.models import Identity
from users.identities.queries.profiles import Profile


def form_values(viewer: Identity) -> dict[str, object]:
    """Return the initial values of every form for a post: the user's defaults."""
    return {
        "once": secrets.token_urlsafe(12),
        "visibility": viewer.default_visibility,
        "language": viewer.default_language,
        "is_sensitive": viewer.default_sensitive,
        "quote_policy": viewer.default_quote_policy,
        "quote_policy_was": viewer.default_quote_policy,
    }


def _named(person: Profile | MentionView, viewer: Identity) -> str:
    """Return the handle as the viewer would write it: without the host for users of their own domain."""
    is_neighbour = person.host.lower() == viewer.host.lower()
    return f"@{person.username}" if is_neighbour else f"@{person.username}@{person.host}"


def _visibility(viewer: Identity, parent: PostView) -> int:
    """Return the visibility of a reply to a post that is not public.

    A reply to a limited post is direct, or goes to the same people if it is the author's own.
    """
    if parent.visibility == Visibility.limited and parent.author_id != viewer.pk:
        return Visibility.mentioned
    return parent.visibility


def reply_values(viewer: Identity, parent: PostView) -> dict[str, object]:
    """Return the initial values of a reply: it mentions its recipients, and is no more public than its parent."""
    people: list[Profile | MentionView] = [parent.author, *parent.mentions]
    handles = dict.fromkeys(_named(person, viewer) for person in people if person.id != viewer.pk)
    is_public = parent.visibility == Visibility.public
    return {
        "reply_to": parent.id,
        "text": "".join(f"{handle} " for handle in handles),
        "visibility": viewer.default_visibility if is_public else _visibility(viewer, parent),
        "content_warning": parent.content_warning,
    }
