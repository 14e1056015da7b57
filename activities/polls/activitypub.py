"""ActivityPub documents of polls and votes (reference: activitypub_federation.md §7). Pure."""

import datetime as dt
from typing import Any

from activities.posts.activitypub.notes import CONTEXT, note_document, timestamp
from activities.posts.activitypub.post_for_delivery import PostForDelivery


def results_document(post: PostForDelivery, moment: dt.datetime) -> dict[str, Any]:
    """Return an Update of a Question with its current votes. Without `updated`, servers don't treat it as an edit."""
    question = note_document(post)
    question.pop("updated", None)
    return {
        "@context": question.pop("@context"),
        "id": f"{post.uri}#updates/{int(moment.timestamp() * 1000)}",
        "type": "Update",
        "actor": post.author_uri,
        "published": timestamp(moment),
        "to": question["to"],
        "cc": question["cc"],
        "object": question,
    }


def vote_document(*, uri: str, actor_uri: str, name: str, question_uri: str, to_uri: str) -> dict[str, Any]:
    """Return a vote for the option `name`: a Create addressed to the question's author only."""
    return {
        "@context": CONTEXT[0],
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": actor_uri,
        "to": to_uri,
        "object": {
            "id": uri,
            "type": "Note",
            "name": name,
            "attributedTo": actor_uri,
            "inReplyTo": question_uri,
            "to": to_uri,
        },
    }
