"""The URLs of federation; takahe/urls.py includes them."""

from django.urls import URLPattern, URLResolver, path

from federation import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("inbox", views.inbox, name="shared_inbox"),
    path("users/<str:username>/inbox", views.inbox, name="inbox"),
    path("media/r/<str:signed>/<str:coded>", views.remote_media, name="remote_media"),
    path("actor", views.system_actor, name="system_actor"),
    path("actor/inbox", views.system_inbox, name="system_inbox"),
    path("actor/outbox", views.system_outbox, name="system_outbox"),
]
