from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "federation"

    def ready(self) -> None:
        """Import the handlers, which register themselves."""
        from federation.handlers import cleaning, deliver, inbox, media, peers, verify  # noqa: F401 - after the models
