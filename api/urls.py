"""URLs of the API. Django's URLs lead to api/routing.py, which finds the endpoint."""

from django.urls import path

from api import endpoints  # noqa: F401  # fills the table that dispatch looks into
from api.openapi import openapi_document
from api.routing import dispatch

urlpatterns = [
    path("api/openapi.json", openapi_document, name="openapi"),
    path("api/oembed", dispatch, name="oembed"),
    path("api/<path:rest>", dispatch, name="api"),
    path(".well-known/oauth-authorization-server", dispatch, name="oauth-authorization-server"),
    path(".well-known/openid-configuration", dispatch, name="openid-configuration"),
    path("oauth/jwks", dispatch, name="oauth-jwks"),
    path("oauth/token", dispatch, name="oauth-token"),
    path("oauth/revoke", dispatch, name="oauth-revoke"),
    path("oauth/userinfo", dispatch, name="oauth-userinfo"),
]
