from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Import handlers, jobs and inbox functions, which register themselves."""
        for module in (
            "emojis.handlers",
            "identities.handlers",
            "identities.inbox",
            "relations.handlers",
            "relations.inbox",
            "relations.services.social",
            "logins.handlers",
            "moves.handlers",
            "moves.inbox",
            "moderation.inbox",
            "statistics.handlers",
        ):
            import_module(f"users.{module}")
