"""A registered client application. A periodic job deletes apps without a token after a month."""

from django.db import models

from core.db import Model


class App(Model):
    name = models.CharField(max_length=100)
    website = models.CharField(max_length=2048, default="")
    redirect_uris = models.JSONField(default=list)
    scopes = models.TextField(default="read")
    client_id = models.CharField(max_length=64, unique=True)
    client_secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
