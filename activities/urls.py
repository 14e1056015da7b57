"""The addresses this app answers; takahe/urls.py includes them. Documents first, pages after them."""

from django.urls import URLPattern, URLResolver, path

from activities import pages
from activities.views import documents, stamps
from activities.views.media import media

_POST = "users/<str:username>/statuses/<int:post_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_POST, documents.post),
    path(f"{_POST}/activity", documents.post_activity),
    path(f"{_POST}/replies", documents.replies),
    path(f"{_POST}/likes", documents.count_of, {"which": "likes"}),
    path(f"{_POST}/shares", documents.count_of, {"which": "shares"}),
    path("users/<str:username>/quote_authorizations/<int:quoting_id>", stamps.stamp),
    path("users/<str:username>/outbox", documents.outbox),
    path("users/<str:username>/collections/featured", documents.featured),
    path("users/<str:username>/collections/tags", documents.featured_tags),
    path("media/<str:name>", media),
    *pages.urlpatterns,
]
