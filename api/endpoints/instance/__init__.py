"""The server: facts, texts, announcements, trends. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.instance import announcements, instance, texts, trends

__all__ = ["announcements", "instance", "texts", "trends"]
