"""The base URL of local identities and their posts."""

from urllib.parse import urlsplit

from users.identities.models import Identity


def base_url_of(author: Identity) -> str:
    """Return `https://host` for a local identity."""
    parts = urlsplit(author.uri)
    return f"{parts.scheme}://{parts.netloc}"
