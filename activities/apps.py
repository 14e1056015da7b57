from importlib import import_module

from django.apps import AppConfig

# what other rooms call by way of a registry, in every process
_REGISTERING = (
    "services.relations",
    "handlers.ancestors",
    "services.announcing",
    "services.conversing",
    "services.filtering",
    "services.listing",
    "services.policing",
    "services.profile_pictures",
    "services.tagging",
    "handlers.activity",
    "handlers.cleaning",
    "handlers.fan_out",
    "handlers.media",
    "handlers.media_checks",
    "handlers.polls",
    "handlers.scheduling",
    "handlers.cards",
    "handlers.search_words",
    "handlers.quotes",
    "handlers.trends",
    "inbox.posts",
    "inbox.reactions",
    "inbox.quotes",
)


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        """Listeners, handlers, jobs and inbox functions register themselves when they are imported."""
        for module in _REGISTERING:
            import_module(f"activities.{module}")
