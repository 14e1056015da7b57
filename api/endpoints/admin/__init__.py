"""Endpoints for staff. See docs.joinmastodon.org/methods/admin. Importing it fills the table in api/routing.py."""

from api.endpoints.admin import (
    accounts,
    audit_log,
    canonical_email_blocks,
    domain_blocks,
    email_domain_blocks,
    ip_blocks,
    measures,
    reports,
    tags,
    trends,
)

__all__ = [
    "accounts",
    "audit_log",
    "canonical_email_blocks",
    "domain_blocks",
    "email_domain_blocks",
    "ip_blocks",
    "measures",
    "reports",
    "tags",
    "trends",
]
