from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Import what registers itself in every process. Handlers and inbox functions come by stator.load_handlers(), in the worker."""
        for module in (
            "collections.services",
            "identities.queries.federation",
            "identities.services.remote_actors",
            "imports.services",
            "moderation.services",
            "relations.services.social",
        ):
            import_module(f"users.{module}")
