"""The endpoints, grouped as docs.joinmastodon.org/methods groups them. Importing this package fills the table in api/routing.py."""

from api.endpoints import accounts, admin, apps, instance, notifications, search, statuses, timelines

__all__ = ["accounts", "admin", "apps", "instance", "notifications", "search", "statuses", "timelines"]
