"""Activities for featured hashtags. Pure."""

from typing import Any
from urllib.parse import urlsplit

from activities.posts.activitypub.notes import CONTEXT, PUBLIC
from core.texts import tag_path
from users.identities.models import Identity


def feature_document(*, row_id: int, identity: Identity, name: str, display_name: str) -> dict[str, Any]:
    """Return an Add of a hashtag that a local identity features. Its target is the collection of pins, as in Mastodon."""
    return _featured("Add", f"{identity.uri}#featured_tags/{row_id}", identity, name, display_name)


def unfeature_document(*, row_id: int, identity: Identity, name: str, display_name: str) -> dict[str, Any]:
    """Return the Remove of such a hashtag."""
    return _featured("Remove", f"{identity.uri}#featured_tags/{row_id}/undo", identity, name, display_name)


def _featured(
    kind: str, activity_id: str, identity: Identity, name: str, display_name: str
) -> dict[str, Any]:
    parts = urlsplit(identity.uri)
    return {
        "@context": [CONTEXT[0], {"Hashtag": "as:Hashtag"}],
        "id": activity_id,
        "type": kind,
        "actor": identity.uri,
        "to": [PUBLIC],
        "cc": [identity.followers_url],
        "object": {
            "type": "Hashtag",
            "href": f"{parts.scheme}://{parts.netloc}{tag_path(name)}",
            "name": f"#{display_name}",
        },
        "target": identity.featured_url,
    }
