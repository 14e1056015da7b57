"""The Django app of core, and Django's Postgres app without its work at start."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"


class QuietPostgresConfig(AppConfig):
    """`django.contrib.postgres` for its index classes only.

    Its own config would query synchronously on every new connection, which an asyncio connection can't bear, and load the code of
    migrations into every process (2 MB).
    """

    name = "django.contrib.postgres"
