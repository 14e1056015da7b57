"""A browser's sign-in. Only a hash of the cookie is stored. Expired rows are removed by a periodic job."""

from django.db import models

from core.db import Model
from users.identities.models import Identity
from users.models.user import User


class Session(Model):
    key_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, default="")
    user_agent = models.CharField(max_length=255, default="")
