"""SQL conditions on posts. `row` is the alias of activities_post in the statement.

visibility.py has the conditions for who may see a post. Partial indexes on posts repeat some of these conditions
(activities/posts/models/post.py).
"""

from activities.posts.models import HIDDEN_STATES, PostGraph, Visibility

_PUBLIC, _LOCAL_ONLY = Visibility.public.value, Visibility.local_only.value
_NAMED = f"{Visibility.mentioned.value}, {Visibility.limited.value}"
_HIDDEN = ", ".join(f"'{name}'" for name in HIDDEN_STATES)


def is_hidden(row: str) -> str:
    """Return SQL for: waits for its parent to be fetched, for approval by the author of the parent or boosted post, or for staff, or was
    refused.
    """
    return f"{row}.state IN ({_HIDDEN})"


def is_sheltered(row: str) -> str:
    """Return SQL for: held by a rule of staff. Unlike one that waits for approval, the author of the parent does not see it either."""
    return f"{row}.state = '{PostGraph.sheltered.name}'"


def is_reply(row: str) -> str:
    """Return SQL for: is a reply, whether or not the parent is known."""
    return f"({row}.in_reply_to_id IS NOT NULL OR {row}.in_reply_to_uri <> '')"


def is_reply_to_another(row: str) -> str:
    """Return SQL for: is a reply to another author's post.

    Public timelines exclude these, home timelines and lists show some.
    """
    return f"({is_reply(row)} AND {row}.in_reply_to_author_id IS DISTINCT FROM {row}.author_id)"


def is_for_named(row: str) -> str:
    """Return SQL for: visible only to its author and identities with a Mention, silent or not: a direct or limited post."""
    return f"{row}.visibility IN ({_NAMED})"


def is_for_everyone(row: str) -> str:
    """Return SQL for: public and not a boost, as on the federated timeline, hashtags and trends."""
    return f"{row}.visibility = {_PUBLIC} AND {row}.boost_of_id IS NULL"


def is_for_domain(row: str) -> str:
    """Return SQL for: public or local-only, written here, and not a boost, as on the local timeline of the domain."""
    return f"{row}.visibility IN ({_PUBLIC}, {_LOCAL_ONLY}) AND {row}.is_local AND {row}.boost_of_id IS NULL"
