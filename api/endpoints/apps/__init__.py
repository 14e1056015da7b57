"""Apps and their tokens. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.apps import apps, oauth

__all__ = ["apps", "oauth"]
