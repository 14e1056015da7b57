"""The addresses this app answers; takahe/urls.py includes them. Documents first, pages after them."""

from django.urls import URLPattern, URLResolver, path

from users import pages
from users.views import actors, wellknown

urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/webfinger", wellknown.webfinger),
    path(".well-known/host-meta", wellknown.host_meta),
    path(".well-known/host-meta.json", wellknown.host_meta_json),
    path(".well-known/change-password", wellknown.change_password),
    path(".well-known/nodeinfo", wellknown.nodeinfo_links),
    path("nodeinfo/<str:version>", wellknown.nodeinfo),
    path("users/<str:username>", actors.actor),
    path("users/<str:username>/followers", actors.followers),
    path("users/<str:username>/following", actors.following),
    *pages.urlpatterns,
]
