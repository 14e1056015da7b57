"""The Flag activity, which reports an actor to its server. Pure."""

from users.identities.activitypub.activities import activity
from users.identities.activitypub.actor import Document


def flag_document(
    actor_uri: str, report_id: int, target_uri: str, post_uris: list[str], comment: str
) -> Document:
    """Build a report of `target_uri` and some of its posts.

    The server is its actor, so that the reporter stays anonymous.
    """
    return activity(
        "Flag",
        f"{actor_uri}#flags/{report_id}",
        actor_uri,
        [target_uri, *post_uris],
        content=comment,
        to=target_uri,
    )
