from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Handlers, jobs and inbox functions register themselves when they are imported."""
        for module in (
            "identities.handlers",
            "identities.inbox",
            "handlers.identities",
            "handlers.jobs",
            "handlers.mails",
            "relations.handlers",
            "relations.inbox",
            "relations.services.social",
            "inbox.profiles",
        ):
            import_module(f"users.{module}")
