from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Import the listeners, which register themselves."""
        import_module("api.oauth.listeners")
