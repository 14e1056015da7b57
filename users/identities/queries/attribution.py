"""Authors that a website may name: actors that list its domain or a parent domain (Mastodon's `attributionDomains`)."""

from users.identities.models import Identity


def is_attributable(identity: Identity, host: str) -> bool:
    """Return whether this actor allows pages of a host to name them as author."""
    return any(f".{host}".endswith(f".{domain}") for domain in identity.attribution_domains)


def is_attributed(identity_id: str, host: str) -> str:
    """Return the same condition as SQL, for columns with an identity's id and a host. Served by the primary key of identities."""
    return f"""EXISTS (SELECT 1 FROM users_identity ki, jsonb_array_elements_text(ki.attribution_domains) kd
        WHERE ki.id = {identity_id} AND ki.deleted_at IS NULL AND right('.' || {host}, length(kd) + 1) = '.' || kd)"""
