from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "federation"

    def ready(self) -> None:
        """Hang the handlers on their states."""
        from federation.handlers import cleaning, deliver, inbox, peers, verify  # noqa: F401
