"""A sign-up that is not in yet: the name that somebody asked for. There is no identity until their address is confirmed and, where a
moderator decides, they are let in; so nobody can see, find or count them.

An address may have several until one is confirmed, as anybody can sign up with it: each has a link, a password and a name of its own,
and confirming one ends the others. Those of one address may ask for the same name. A row ends when they are in or refused; a job removes
it, with the login, after a week.
"""

from django.db import models
from django.db.models.functions import Lower

from core.db import Model
from users.domains.models import Domain
from users.models.user import User


class SignUp(Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)
    username = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(Lower("username"), "domain", name="users_signup_name")]

    @property
    def handle(self) -> str:
        """`name@host`; needs `domain`."""
        return f"{self.username}@{self.domain.name}"
