"""Authors that a website may name: those who list its domain, or one above it (Mastodon's `attributionDomains`)."""

from users.identities.models import Identity


def is_attributable(identity: Identity, host: str) -> bool:
    """Return whether this person allows pages of a host to name them as author."""
    return any(f".{host}".endswith(f".{domain}") for domain in identity.attribution_domains)


def is_attributed(identity_id: str, host: str) -> str:
    """Return the SQL condition for the same, of columns with an id and a host. Served by the primary key of identities."""
    return f"""EXISTS (SELECT 1 FROM users_identity ki, jsonb_array_elements_text(ki.attribution_domains) kd
        WHERE ki.id = {identity_id} AND ki.deleted_at IS NULL AND right('.' || {host}, length(kd) + 1) = '.' || kd)"""
