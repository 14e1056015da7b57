"""Statistics of each domain and of the server, stored by a periodic job so that no request has to count."""

from django.db import models

from core.db import Model
from users.domains.models import Domain


class DomainStats(Model):
    """The numbers of users, posts and logins of a domain.

    `posts` is the sum of the users' stored counts; `active_*` are users who posted within 30 and 180 days, `logins_month` logins seen
    within 30 days.

    `peers` is the number of known servers, the same for every domain.
    """

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, primary_key=True)
    people = models.IntegerField()
    posts = models.BigIntegerField()
    active_month = models.IntegerField()
    active_half_year = models.IntegerField()
    logins_month = models.IntegerField()
    peers = models.IntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "users_domainfigures"


class ServerStats(Model):
    """The same for the whole server, for its moderators; one row. `active_month`: logins seen within 30 days."""

    id = models.SmallIntegerField(primary_key=True)
    logins = models.IntegerField()
    identities = models.IntegerField()
    active_month = models.IntegerField()
    posts = models.BigIntegerField()
    peers = models.IntegerField()
    blocked_peers = models.IntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "users_serverfigures"
