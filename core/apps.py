"""The Django app of core, and Django's Postgres app without its start-up work."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"


class QuietPostgresConfig(AppConfig):
    """`django.contrib.postgres`, for its index classes only.

    Its own config would query synchronously on every new connection, which an asyncio connection does not support, and load the
    migrations code into every process (2 MB).
    """

    name = "django.contrib.postgres"
