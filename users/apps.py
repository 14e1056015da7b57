from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        """Import the modules that register themselves in every process. The worker loads handlers and inbox functions with
        stator.load_handlers().
        """
        for module in (
            "blocklists.services.subscriptions",
            "circles.services",
            "collections.services",
            "identities.queries.federation",
            "identities.services.remote_actors",
            "imports.services",
            "moderation.services",
            "relations.services.social",
            "severances.services",
            "troubles.services",
            "verified_links.services",
        ):
            import_module(f"users.{module}")
