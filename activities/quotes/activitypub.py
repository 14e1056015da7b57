"""The URI of a quote's approval; its documents are those of all approvals (activities/approvals/activitypub.py). Pure."""


def stamp_uri(author_uri: str, quoting_id: int) -> str:
    """Return the URI of the stamp that allows the post with this id to quote a post of `author_uri`."""
    return f"{author_uri}/quote_authorizations/{quoting_id}"
