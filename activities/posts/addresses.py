"""Where the pages of local identities and their posts are."""

from urllib.parse import urlsplit

from users.identities.models import Identity


def base_url_of(author: Identity) -> str:
    """Where a local identity's pages are: `https://host`."""
    parts = urlsplit(author.uri)
    return f"{parts.scheme}://{parts.netloc}"
