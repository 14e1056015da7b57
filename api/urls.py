"""URLs of the API. Django's URLs lead to api/routing.py, which finds the endpoint."""

from django.urls import path

from api import endpoints  # noqa: F401  # fills the table that dispatch looks into
from api.openapi import openapi_document
from api.routing import dispatch

urlpatterns = [
    path("api/openapi.json", openapi_document),
    path("api/oembed", dispatch, name="oembed"),
    path("api/<path:rest>", dispatch),
    path(".well-known/oauth-authorization-server", dispatch),
    path("oauth/token", dispatch),
    path("oauth/revoke", dispatch),
    path("oauth/userinfo", dispatch),
]
