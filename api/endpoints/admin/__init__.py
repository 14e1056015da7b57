"""Endpoints for staff. See docs.joinmastodon.org/methods/admin. Importing it fills the table in api/routing.py."""

from api.endpoints.admin import audit_log

__all__ = ["audit_log"]
