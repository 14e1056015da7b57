"""Comparison of a received document with the stored post."""

import datetime as dt
from typing import Any

from activities.polls import services as polls
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post
from core import clock
from users.emojis.activitypub import copies_of

_CLOCK_STEP = dt.timedelta(seconds=1)


def policies_in(document: PostDocument) -> dict[str, int]:
    """Return the columns for what a document allows."""
    return {f"{kind}_policy": flags for kind, flags in document.policies.items()}


def not_in_future(moment: dt.datetime) -> dt.datetime:
    """Return the moment, or now: the clocks of other servers may be ahead."""
    return min(moment, clock.now())


def edited_at(document: PostDocument) -> dt.datetime | None:
    """Return when a post was edited before it arrived. Many servers set `updated` to the time of writing, too."""
    if document.updated is None or document.updated <= document.published + _CLOCK_STEP:
        return None
    return not_in_future(document.updated)


def is_newer(document: PostDocument, post: Post) -> bool:
    """Return whether the document is newer than the post.

    Most servers write times to the second, so that a first edit may seem as old as the post.
    """
    if document.updated is None:
        return False
    if post.edited_at is None:
        return document.updated > post.created_at - _CLOCK_STEP
    return document.updated > post.edited_at


def says_something_else(document: PostDocument, post: Post) -> bool:
    """Return whether a document that is not a poll differs from the post in its text."""
    return document.question is None and any(
        getattr(post, name) != value for name, value in content(document).items()
    )


def changes_only_results(document: PostDocument, post: Post) -> bool:
    """Return whether only a poll's results changed. Some servers update the time of change with every vote."""
    if post.question is None or document.question is None or document.attachments:
        return False
    said = content(document)
    question = said.pop("question")
    return polls.is_same_question(post.question, question) and all(
        getattr(post, name) == value for name, value in said.items()
    )


def content(document: PostDocument) -> dict[str, Any]:
    return {
        "title": document.title,
        "content": document.content_html,
        "content_warning": document.summary,
        "is_sensitive": document.is_sensitive or bool(document.summary),
        "language": document.language,
        "emojis": copies_of(document.emojis),
        "question": document.question,
        "facts": document.facts,
        **policies_in(document),
    }


def same_options(before: dict[str, Any] | None, after: dict[str, Any]) -> bool:
    titles = [
        [option["title"] for option in (question or {}).get("options", [])] for question in (before, after)
    ]
    return titles[0] == titles[1]


def totals(document: PostDocument) -> dict[str, int | None]:
    """Return the totals that a document states, by column."""
    return {
        "stated_replies": document.replies,
        "stated_boosts": document.boosts,
        "stated_likes": document.likes,
    }
