"""The URLs of activities; takahe/urls.py includes them."""

from django.urls import URLPattern, path

from activities.approvals import documents as approval_documents
from activities.media.files import media
from activities.publishing import documents
from activities.quotes import documents as quote_documents

_POST = "users/<str:username>/statuses/<int:post_id>"

urlpatterns: list[URLPattern] = [
    path(_POST, documents.post, name="post-document"),
    path(f"{_POST}/activity", documents.post_activity, name="post-document-activity"),
    path(f"{_POST}/replies", documents.replies, name="post-document-replies"),
    path(f"{_POST}/context", documents.context, name="post-document-context"),
    path(f"{_POST}/likes", documents.count_of, {"which": "likes"}, name="post-document-likes"),
    path(f"{_POST}/shares", documents.count_of, {"which": "shares"}, name="post-document-shares"),
    path(
        "users/<str:username>/quote_authorizations/<int:quoting_id>",
        quote_documents.stamp,
        name="quote-stamp",
    ),
    path(
        "users/<str:username>/authorizations/<int:approval_id>",
        approval_documents.authorization,
        name="approval",
    ),
    path("users/<str:username>/outbox", documents.outbox, name="actor-outbox"),
    path("users/<str:username>/collections/featured", documents.featured, name="actor-pins"),
    path("users/<str:username>/collections/tags", documents.featured_tags, name="actor-tags"),
    path("media/<str:name>", media, name="media-file"),
]
