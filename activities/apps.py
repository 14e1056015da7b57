from importlib import import_module

from django.apps import AppConfig

# what other rooms call by way of a registry, in every process
_REGISTERING = (
    "activities.publishing.services.removal",
    # the order in which they receive events of posts: notifications of an author's every post look at homes
    "activities.timelines.listeners",
    "activities.conversations.listeners",
    "activities.streaming.listeners",
    "activities.notifications.listeners",
    "activities.publishing.handlers.ancestors",
    "activities.announcements.services",
    "activities.conversations.services",
    "activities.filters.services",
    "activities.lists.services",
    "activities.notifications.services.policy",
    "activities.media.services.profile_pictures",
    "activities.tags.services.following",
    "activities.trends.handlers",
    "activities.publishing.handlers.cleaning",
    "activities.timelines.handlers",
    "activities.notifications.handlers",
    "activities.tags.handlers",
    "activities.publishing.handlers.fan_out",
    "activities.posts.handlers",
    "activities.media.handlers",
    "activities.polls.handlers",
    "activities.publishing.handlers.remote_polls",
    "activities.publishing.handlers.linked_posts",
    "activities.scheduled_posts.handlers",
    "activities.previews.handlers",
    "activities.search.handlers",
    "activities.publishing.handlers.quotes",
    "activities.totals.handlers",
    "activities.remote_profiles.handlers",
    "activities.remote_profiles.listeners",
    "activities.threads.handlers",
    "activities.threads.listeners",
    "activities.publishing.inbox.posts",
    "activities.publishing.inbox.forwarding",
    "activities.publishing.inbox.pins",
    "activities.publishing.inbox.reactions",
    "activities.publishing.inbox.groups",
    "activities.publishing.inbox.quotes",
)


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        """Import the modules whose listeners, handlers, jobs and inbox functions register themselves."""
        for module in _REGISTERING:
            import_module(module)
