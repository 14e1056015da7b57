"""The URLs of users; takahe/urls.py includes them."""

from django.urls import URLPattern, path

from users.collections import documents as collections
from users.emojis import documents as emoji_documents
from users.identities import wellknown
from users.relations import documents
from users.statistics import nodeinfo

urlpatterns: list[URLPattern] = [
    path(".well-known/webfinger", wellknown.webfinger),
    path(".well-known/host-meta", wellknown.host_meta),
    path(".well-known/host-meta.json", wellknown.host_meta_json),
    path(".well-known/change-password", wellknown.change_password),
    path(".well-known/nodeinfo", nodeinfo.nodeinfo_links),
    path("nodeinfo/<str:version>", nodeinfo.nodeinfo),
    path("emojis/<int:emoji_id>", emoji_documents.emoji),
    path("users/<str:username>", documents.actor),
    path("users/<str:username>/followers", documents.followers),
    path("users/<str:username>/followers_synchronization", documents.followers_of_signer),
    path("users/<str:username>/collections/featured_collections", collections.collections),
    path("users/<str:username>/featured_collections/<int:collection_id>", collections.collection),
    path("users/<str:username>/feature_authorizations/<int:item_id>", collections.stamp),
    path("users/<str:username>/following", documents.following),
]
