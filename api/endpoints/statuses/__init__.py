"""Endpoints of statuses and their parts. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.statuses import (
    actions,
    async_refreshes,
    extras,
    interaction_requests,
    media,
    people,
    policies,
    polls,
    quotes,
    reactions,
    scheduled_statuses,
    statuses,
)

__all__ = [
    "actions",
    "async_refreshes",
    "extras",
    "interaction_requests",
    "media",
    "people",
    "policies",
    "polls",
    "quotes",
    "reactions",
    "scheduled_statuses",
    "statuses",
]
