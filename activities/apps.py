from importlib import import_module

from django.apps import AppConfig

# called by other packages through a registry in every process; in the worker, stator.load_handlers() adds handlers and inbox functions
_REGISTERING = (
    "activities.publishing.services.removal",
    # the order in which they receive events of posts: notifications of an author's every post read home timelines
    "activities.posts.services.writing",
    "activities.timelines.listeners",
    "activities.conversations.listeners",
    "activities.streaming.listeners",
    "activities.publishing.listeners",
    "activities.notifications.listeners",
    "activities.alerts.services",
    "activities.announcements.services",
    "activities.bookmarks.services",
    "activities.columns.services",
    "activities.conversations.services",
    "activities.digests.services",
    "activities.filters.services",
    "activities.lists.services",
    "activities.old_posts.services",
    "activities.saved_drafts.services",
    "activities.notifications.services.policy",
    "activities.media.services.profile_pictures",
    "activities.media.services.uploads",
    "activities.shelter.services.files",
    "activities.publishing.services.emojis",
    "activities.tags.services.following",
    "activities.remote_profiles.listeners",
    "activities.reports.services",
    "activities.threads.listeners",
)


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        """Import the modules whose listeners register themselves."""
        for module in _REGISTERING:
            import_module(module)
