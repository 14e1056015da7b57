"""The endpoint to which notifications are pushed for an app, or for a browser with our pages.

One per token, or one per session and identity; deleted with the token or the session, or when the push service reports that it ended.
"""

from enum import StrEnum

from django.db import models

from api.models.token import Token
from core.db import Model
from core.db.enums import choices
from core.db.unique_index import UniqueIndex
from users.identities.models import Identity
from users.logins.models import Session


class PushPolicy(StrEnum):
    """The accounts whose notifications are pushed."""

    all = "all"
    followed = "followed"  # accounts that the identity follows
    follower = "follower"  # the identity's followers
    none = "none"


class PushSubscription(Model):
    """A subscription of a `token`, or of the `session` of a browser that uses our pages: the other one is null.

    `host` is that of the endpoint; `sealed_token` is the token's text for the payload, encrypted with a key from SECRET_KEY
    (docs/decisions/0007). `language` is that of the page, for logins whose language follows the browser.
    """

    token = models.OneToOneField(Token, on_delete=models.CASCADE, null=True)
    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=2048)
    host = models.CharField(max_length=255)
    p256dh = models.CharField(max_length=200)
    auth = models.CharField(max_length=100)
    standard = models.BooleanField(default=False)
    alerts = models.JSONField(default=dict)  # {"mention": true, …}
    policy = models.CharField(max_length=10, choices=choices(PushPolicy), default=PushPolicy.all)
    sealed_token = models.TextField(default="")
    language = models.CharField(max_length=10, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            UniqueIndex(fields=["session", "identity"], name="api_push_of_session"),
        ]
