"""All URLs, app by app. The first pattern that matches wins."""

from django.urls import include, path

from takahe.health import health, show_metrics

urlpatterns = [
    path("health", health, name="health"),
    path("metrics", show_metrics, name="metrics"),
    path("", include("federation.urls")),
    path("", include("api.urls")),
    path("", include("users.urls")),
    path("", include("activities.urls")),
    path("", include("web.urls")),
]
