"""Logins, their sessions, known networks and access to identities; pending sign-ups; invitations; outgoing mail."""

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.db.models.functions import Lower, Now

from core.db import Model
from core.db.enums import choices
from core.db.unique_index import UniqueIndex
from core.ids import new_id
from stator import Backoff, State, StateField, StatefulModel, StateGraph
from users.domains.models import Domain
from users.identities.models import Identity
from users.roles.models import ALL, EVERYWHERE, Permission, Scope


class Theme(StrEnum):
    system = "system"
    light = "light"
    dark = "dark"
    contrast = "contrast"  # light or dark as the system is


class TextSize(StrEnum):
    small = "small"
    normal = "normal"
    large = "large"
    largest = "largest"


class User(Model):
    """A login: an e-mail address and a password. The identities it may act as are in IdentityAccess. Grows with sign-ups only."""

    email = models.EmailField(max_length=254)
    password_hash = models.CharField(max_length=255, default="")
    # what it may do as staff, written from its grants (users/roles): "*" for the whole server, or the id of a domain → Permission
    rights = models.JSONField(default=dict, db_default={})
    is_staff = models.BooleanField(default=False, db_default=False)  # has any of them
    is_disabled = models.BooleanField(default=False)
    # set when staff suspend one of its identities: may sign in and read its settings, but act as nobody and make no identity
    is_restricted = models.BooleanField(default=False, db_default=False)
    # set when staff restrict the login itself: then freeing an identity does not free it
    is_restricted_by_hand = models.BooleanField(default=False, db_default=False)
    # signing in asks for a code after the password (users/factors)
    has_totp = models.BooleanField(default=False, db_default=False)
    has_passkey = models.BooleanField(default=False, db_default=False)
    needs_factor = models.BooleanField(default=False, db_default=False)  # a role of its asks for one
    confirmed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)
    # how somebody signed up: why they want to join, and the number of the app that they did it with (api/models/app.py)
    sign_up_reason = models.TextField(default="", db_default="")
    sign_up_app = models.BigIntegerField(null=True)
    invited_by = models.BigIntegerField(null=True)  # a login, which may be gone
    # how pages look to them
    theme = models.CharField(
        max_length=8, choices=choices(Theme), default=Theme.system, db_default=Theme.system.value
    )
    text_size = models.CharField(
        max_length=8, choices=choices(TextSize), default=TextSize.normal, db_default=TextSize.normal.value
    )
    is_compact = models.BooleanField(default=False, db_default=False)
    language = models.CharField(
        max_length=10, default="", db_default=""
    )  # of pages and mails; "": as the browser asks

    class Meta:
        indexes = [
            models.Index(Lower("email"), name="users_user_address"),
            # anybody can sign up with any address, so only those who confirmed it have it to themselves
            UniqueIndex(
                Lower("email"),
                condition=models.Q(confirmed_at__isnull=False),
                name="users_user_confirmed_email",
            ),
            models.Index(fields=["id"], condition=models.Q(is_staff=True), name="users_user_of_staff"),
            models.Index(fields=["id"], condition=models.Q(is_disabled=True), name="users_user_disabled"),
            models.Index(
                fields=["invited_by"],
                condition=models.Q(invited_by__isnull=False),
                name="users_user_invited_by",
            ),
            models.Index(fields=["last_seen_at"], name="users_user_last_seen"),
            models.Index(
                fields=["created_at"], condition=models.Q(approved_at__isnull=True), name="users_user_waiting"
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(approved_at__isnull=True, confirmed_at__isnull=False),
                name="users_user_asks",
            ),
        ]

    @property
    def is_admitted(self) -> bool:
        """True when the address is confirmed and, where that is required, a moderator approved."""
        return self.confirmed_at is not None and self.approved_at is not None

    @property
    def lacks_factor(self) -> bool:
        """True when a role asks for a second factor that is not set up: until then the login may nothing as staff."""
        return self.needs_factor and not (self.has_totp or self.has_passkey)

    @property
    def holds_address(self) -> bool:
        """True when nobody else can sign up with the address.

        An address that is only claimed stays open to others, unless staff changed the login.
        """
        return self.confirmed_at is not None or self.is_disabled or self.is_staff

    def may(self, permission: Permission, domain_id: int | None = None) -> bool:
        """Return whether this login may do something on a domain, or without one on the whole server.

        Every page, endpoint, service and command for staff asks this question. Who is restricted or disabled, or lacks the second factor that a role asks for, may nothing.
        """
        return bool(self.permissions(domain_id) & permission)

    def permissions(self, domain_id: int | None = None) -> Permission:
        """Return all that this login may do on a domain, or without one on the whole server."""
        if self.is_restricted or self.is_disabled or self.lacks_factor:
            return Permission(0)
        held = Permission(self.rights.get(EVERYWHERE, 0) | self.rights.get(str(domain_id), 0))
        return ALL if Permission.administrator & held else held

    def scope(self, permission: Permission) -> Scope:
        """Return the ids of the domains on which this login may do something; None for all of them and the server itself."""
        if self.may(permission):
            return None
        return frozenset(
            int(key) for key in self.rights if key != EVERYWHERE and self.may(permission, int(key))
        )

    @property
    def is_admin(self) -> bool:
        """True for who may do everything on the whole server."""
        return self.may(Permission.administrator)

    @property
    def acts_as_staff(self) -> bool:
        """True when there is something that this login may do as staff, somewhere."""
        return self.is_staff and not (self.is_restricted or self.is_disabled)


class Session(Model):
    """A browser's sign-in. Only a hash of the cookie is stored. Expired rows are removed by a periodic job."""

    key_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, default="")
    user_agent = models.CharField(max_length=255, default="")
    is_strong = models.BooleanField(default=False, db_default=False)  # began, or went on, with two factors

    class Meta:
        indexes = [models.Index(fields=["address"], name="users_session_address")]


class IdentityAccess(Model):
    """Access of logins to identities. One login holds several, one identity may have several logins."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE)
    is_owner = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "identity"], name="users_identity_access_pair")
        ]


class DomainAccess(Model):
    """A domain that admitted a login: it may create an identity there again when it has none left. One row per login and domain at most."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "domain"], name="users_domain_access_pair")]


NETWORKS_KEPT_FOR = timedelta(days=60)
MAX_NETWORKS_PER_USER = 20


class KnownNetwork(Model):
    """Networks from which a login was used lately: guessing elsewhere does not lock its owner out of these.

    Kept as a keyed hash of the login's address and the network, so the table says nothing about where people are to someone who reads it. At most
    `MAX_NETWORKS_PER_USER` a login; removed after `NETWORKS_KEPT_FOR` without use.
    """

    mark = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    last_at = models.DateTimeField(db_index=True)


class SignUp(Model):
    """A pending sign-up with the requested name. There is no identity until their address is confirmed and, where a
    moderator decides, they are let in; so nobody can see, find or count them.

    An address may have several until one is confirmed, as anybody can sign up with it: each has a link, a password and a name of its own,
    and confirming one ends the others. Those of one address may ask for the same name. A row ends when they are in or refused; a job removes
    it, with the login, after a week.
    """

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


class Invitation(Model):
    """A link with which people sign up on a domain that takes them by invitation. Deleted when it is revoked, and by a job once it has expired.

    `made_by` is None for whoever has the command line. The link is not stored: it is the id, signed.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    sign_ups = models.IntegerField(default=0)


class MailGraph(StateGraph):
    """The life of a mail."""

    title = "Mails to send"
    max_attempts = None  # its own end says when it is too late
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    waiting = State(
        initial=True, doc="To be sent; again and again when the mail server is away or asks to come back."
    )
    sent = State(terminal=True, delete_after=timedelta(hours=1), doc="The mail server took it.")
    unaddressed = State(
        terminal=True,
        delete_after=timedelta(hours=1),
        doc="Asked for with an address that has no login. Made so that the answer takes as long as for a known one.",
    )
    obsolete = State(
        terminal=True,
        delete_after=timedelta(hours=1),
        doc="To staff, about things that were dealt with meanwhile.",
    )
    refused = State(
        terminal=True,
        failure=True,
        delete_after=timedelta(days=3),
        doc="The mail server will never take it, or it would come too late.",
    )

    waiting.to(sent)
    waiting.to(unaddressed)
    waiting.to(obsolete)
    waiting.to(refused)


class Mail(StatefulModel):
    """An outgoing mail: stored in the transaction that causes it, sent by the worker (users/logins/handlers.py).

    Sent mails are deleted after an hour, those that were given up after three days.

    `recipient` is empty for a mail to nobody. `text` may hold a secret link: it is emptied when the mail has left.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    recipient = models.TextField()
    domain_id = models.BigIntegerField(null=True)  # whose mail it is; no key, as a mail outlives nothing
    # to staff: what kind of thing waits. The words are found when it leaves, as they say how many there are
    staff_about = models.TextField(default="", db_default="")
    subject = models.TextField()
    text = models.TextField()
    language = models.CharField(max_length=10, default="", db_default="")  # "": English
    useless_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    state = StateField(MailGraph)

    class Meta:
        indexes = [
            models.Index(
                fields=["staff_about", "recipient"],
                name="users_mail_to_staff",
                condition=~models.Q(staff_about=""),
            )
        ]
