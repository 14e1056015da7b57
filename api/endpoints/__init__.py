"""The endpoints, one file a family. Importing this package fills the table in api/routing.py."""

from api.endpoints import (
    account_actions,
    account_lists,
    accounts,
    apps,
    follow_requests,
    instance,
    markers,
    media,
    notifications,
    oauth,
    search,
    status_actions,
    status_people,
    statuses,
    timelines,
)

__all__ = [
    "account_actions",
    "account_lists",
    "accounts",
    "apps",
    "follow_requests",
    "instance",
    "markers",
    "media",
    "notifications",
    "oauth",
    "search",
    "status_actions",
    "status_people",
    "statuses",
    "timelines",
]
