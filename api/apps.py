from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        for module in ("api.jobs", "api.oauth.listeners", "api.push.sending"):
            import_module(module)
