"""The URLs of users; takahe/urls.py includes them."""

from django.urls import URLPattern, path

from users.collections import documents as collections
from users.emojis import documents as emoji_documents
from users.identities import wellknown
from users.relations import documents
from users.statistics import nodeinfo

urlpatterns: list[URLPattern] = [
    path(".well-known/webfinger", wellknown.webfinger, name="webfinger"),
    path(".well-known/host-meta", wellknown.host_meta, name="host-meta"),
    path(".well-known/host-meta.json", wellknown.host_meta_json, name="host-meta-json"),
    path(".well-known/change-password", wellknown.change_password, name="change-password"),
    path(".well-known/nodeinfo", nodeinfo.nodeinfo_links, name="nodeinfo"),
    path("nodeinfo/<str:version>", nodeinfo.nodeinfo, name="nodeinfo-document"),
    path("emojis/<int:emoji_id>", emoji_documents.emoji, name="emoji-document"),
    path("users/<str:username>", documents.actor, name="actor"),
    path("users/<str:username>/followers", documents.followers, name="actor-followers"),
    path(
        "users/<str:username>/followers_synchronization",
        documents.followers_of_signer,
        name="actor-followers-synchronization",
    ),
    path(
        "users/<str:username>/collections/featured_collections",
        collections.collections,
        name="actor-collections",
    ),
    path(
        "users/<str:username>/featured_collections/<int:collection_id>",
        collections.collection,
        name="actor-collection",
    ),
    path(
        "users/<str:username>/feature_authorizations/<int:item_id>",
        collections.stamp,
        name="actor-collection-stamp",
    ),
    path("users/<str:username>/following", documents.following, name="actor-following"),
]
