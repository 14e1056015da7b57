"""The addresses of this app's pages."""

from django.urls import URLPattern, path

from activities.views import (
    conversations,
    discovering,
    filters,
    interactions,
    landing,
    lists,
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
    path("tags/<str:name>/follow", discovering.follow),
    path("tags/<str:name>/unfollow", discovering.unfollow),
    path("followed-tags", discovering.followed_tags),
    path("explore", discovering.explore),
    path("lists", lists.lists),
    path("lists/<int:list_id>", lists.show),
    path("lists/<int:list_id>/edit", lists.edit),
    path("lists/<int:list_id>/end", lists.end),
    path("lists/<int:list_id>/take-out/<int:person_id>", lists.take_out),
    path("people/<int:person_id>/lists", lists.of_person),
    path("filters", filters.filters),
    path("filters/<int:filter_id>/end", filters.end),
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
