"""Notifications, and push of them. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.notifications import grouped, notifications, push, requests

__all__ = ["grouped", "notifications", "push", "requests"]
