"""All URLs, app by app. The first pattern that matches wins."""

from django.urls import include, path

from takahe.doctor import knocking, views
from takahe.health import health, show_metrics

urlpatterns = [
    path("health", health, name="health"),
    path(".well-known/takahe-doctor/<str:token>", knocking.answer, name="doctor-visit"),
    path("admin/doctor", views.show, name="admin-doctor"),
    path("metrics", show_metrics, name="metrics"),
    path("", include("federation.urls")),
    path("", include("api.urls")),
    path("", include("users.urls")),
    path("", include("activities.urls")),
    path("", include("web.urls")),
]
