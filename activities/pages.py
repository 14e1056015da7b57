"""The addresses of this app's pages."""

from django.urls import URLPattern, path

from activities.views import (
    conversations,
    interactions,
    landing,
    notifications,
    profiles,
    reporting,
    scheduled,
    search,
    timelines,
    voting,
    writing,
    writing_settings,
)

urlpatterns: list[URLPattern] = [
    path("", timelines.front),
    path("home", timelines.home),
    path("local", timelines.local),
    path("federated", timelines.federated),
    path("tags/<str:name>", timelines.hashtag),
    path("bookmarks", timelines.bookmarks),
    path("likes", timelines.likes),
    path("notifications", notifications.notifications),
    path("notifications/clear", notifications.clear),
    path("search", search.search),
    path("authorize_interaction", landing.interact),
    path("people/<int:person_id>/report", reporting.report),
    path("compose", writing.compose),
    path("scheduled", scheduled.scheduled),
    path("scheduled/<int:scheduled_id>/cancel", scheduled.cancel),
    path("posts/<int:post_id>/vote", voting.vote),
    path("posts/<int:post_id>/edit", writing.edit),
    path("posts/<int:post_id>/delete", writing.delete),
    path("posts/<int:post_id>/versions", conversations.versions),
    path("posts/<int:post_id>/deliveries", conversations.deliveries),
    path("settings/posting", writing_settings.posting),
    *(
        path(f"posts/<int:post_id>/{action}", getattr(interactions, action))
        for action in ("like", "unlike", "boost", "unboost", "bookmark", "unbookmark", "pin", "unpin")
    ),
    path("@<str:handle>", profiles.profile),
    path("@<str:handle>/<int:post_id>", conversations.conversation),
    path("@<str:handle>/<slug:tab>", profiles.profile),
]
