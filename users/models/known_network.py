"""Networks from which a login was used lately: guessing elsewhere does not lock its owner out of these.

Kept as a keyed hash of the login's address and the network, so the table says nothing about where people are to someone who reads it. At most
`MOST_OF_USER` a login; removed after `KEPT_FOR` without use.
"""

from datetime import timedelta

from django.db import models

from core.db import Model
from users.models.user import User

KEPT_FOR = timedelta(days=60)
MOST_OF_USER = 20


class KnownNetwork(Model):
    mark = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    last_at = models.DateTimeField(db_index=True)
