"""Endpoints of accounts and their relations. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.accounts import (
    accounts,
    actions,
    annual_reports,
    collections,
    filters,
    follow_requests,
    moves,
    profile,
    registration,
    relations,
    reports,
    social,
    tags,
    v1_filters,
)

__all__ = [
    "accounts",
    "actions",
    "annual_reports",
    "collections",
    "filters",
    "follow_requests",
    "moves",
    "profile",
    "registration",
    "relations",
    "reports",
    "social",
    "tags",
    "v1_filters",
]
