"""Logins, their sessions, known networks and access to identities; pending sign-ups; invitations; outgoing mail."""

from datetime import timedelta
from enum import IntEnum, StrEnum

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


class StaffMails(StrEnum):
    """Frequencies of mails that tell a member of staff of waiting items."""

    at_once = "at_once"  # but at most hourly
    daily = "daily"
    none = "none"


class User(Model):
    """A login: an e-mail address and a password. IdentityAccess lists the identities that it may use. Rows are added by sign-ups only."""

    email = models.EmailField(max_length=254)
    password_hash = models.CharField(max_length=255, default="")
    # its permissions as staff, computed from its grants (users/roles): "*" for the whole server, or the id of a domain → Permission
    rights = models.JSONField(default=dict, db_default={})
    is_staff = models.BooleanField(default=False, db_default=False)  # has any permission
    is_disabled = models.BooleanField(default=False)
    # set when staff suspend one of its identities: it may sign in and read its settings, but use or create no identity
    is_restricted = models.BooleanField(default=False, db_default=False)
    # set when staff restrict the login itself: then lifting an identity's suspension does not free it
    is_restricted_by_hand = models.BooleanField(default=False, db_default=False)
    # signing in requires a code after the password (users/factors)
    has_totp = models.BooleanField(default=False, db_default=False)
    has_passkey = models.BooleanField(default=False, db_default=False)
    needs_factor = models.BooleanField(
        default=False, db_default=False
    )  # one of its roles requires a second factor
    confirmed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)
    leaves_at = models.DateTimeField(
        null=True
    )  # its owner deleted it: erased then, unless they sign in before
    # data of the sign-up: the reason for joining or the answer to the domain's own question, and the id of the app it was made with
    # (api/models/app.py)
    sign_up_reason = models.TextField(default="", db_default="")
    sign_up_question = models.TextField(default="", db_default="")
    sign_up_app = models.BigIntegerField(null=True)
    invited_by = models.BigIntegerField(null=True)  # a login, which may be deleted
    # appearance of pages
    theme = models.CharField(
        max_length=8, choices=choices(Theme), default=Theme.system, db_default=Theme.system.value
    )
    text_size = models.CharField(
        max_length=8, choices=choices(TextSize), default=TextSize.normal, db_default=TextSize.normal.value
    )
    is_compact = models.BooleanField(default=False, db_default=False)
    language = models.CharField(
        max_length=10, default="", db_default=""
    )  # of pages and mails; "": as the browser prefers
    # for staff: kind of waiting item → how often mails say that there are some (StaffMails); at once for the others
    staff_mails = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        indexes = [
            models.Index(Lower("email"), name="users_user_address"),
            # anybody can sign up with any address, so only a confirmed address is unique
            UniqueIndex(
                Lower("email"),
                condition=models.Q(confirmed_at__isnull=False),
                name="users_user_confirmed_email",
            ),
            models.Index(fields=["id"], condition=models.Q(is_staff=True), name="users_user_of_staff"),
            models.Index(fields=["id"], condition=models.Q(is_disabled=True), name="users_user_disabled"),
            models.Index(
                fields=["leaves_at"], condition=models.Q(leaves_at__isnull=False), name="users_user_leaving"
            ),
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
        """True if the address is confirmed and, where that is required, a moderator approved."""
        return self.confirmed_at is not None and self.approved_at is not None

    @property
    def lacks_factor(self) -> bool:
        """True if a role requires a second factor that is not set up: until then the login has no staff permissions."""
        return self.needs_factor and not (self.has_totp or self.has_passkey)

    @property
    def holds_address(self) -> bool:
        """True if nobody else can sign up with the address.

        An unconfirmed address stays open to others, unless staff changed the login.
        """
        return self.confirmed_at is not None or self.is_disabled or self.is_staff

    @property
    def may_act(self) -> bool:
        """True if the login may use its identities: it is neither disabled, restricted nor being deleted."""
        return not self.is_disabled and not self.is_restricted and self.leaves_at is None

    def may(self, permission: Permission, domain_id: int | None = None) -> bool:
        """Return whether this login has a permission on a domain, or without one on the whole server.

        Every page, endpoint, service and command for staff calls this. A login that is restricted, disabled, being deleted or lacks a
        required second factor has no permissions.
        """
        return bool(self.permissions(domain_id) & permission)

    def permissions(self, domain_id: int | None = None) -> Permission:
        """Return all permissions of this login on a domain, or without one on the whole server."""
        if not self.may_act or self.lacks_factor:
            return Permission(0)
        held = Permission(self.rights.get(EVERYWHERE, 0) | self.rights.get(str(domain_id), 0))
        return ALL if Permission.administrator & held else held

    def scope(self, permission: Permission) -> Scope:
        """Return the ids of the domains on which this login has a permission; None for the whole server with all domains."""
        if self.may(permission):
            return None
        return frozenset(
            int(key) for key in self.rights if key != EVERYWHERE and self.may(permission, int(key))
        )

    @property
    def is_admin(self) -> bool:
        """True for a login with all permissions on the whole server."""
        return self.may(Permission.administrator)

    @property
    def acts_as_staff(self) -> bool:
        """True if the login has any staff permission anywhere."""
        return self.is_staff and self.may_act


class Session(Model):
    """A browser session. Only a hash of the cookie is stored. A periodic job deletes expired rows."""

    key_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, default="")
    user_agent = models.CharField(max_length=255, default="")
    is_strong = models.BooleanField(
        default=False, db_default=False
    )  # was authenticated with two factors, at the start or later
    provider_id = models.BigIntegerField(
        null=True
    )  # where its owner signed in, if elsewhere (users/sign_in_providers)

    role: "AccessRole | None" = None  # for the identity; set by session_by_cookie

    class Meta:
        indexes = [models.Index(fields=["address"], name="users_session_address")]


class AccessRole(IntEnum):
    """Roles of logins for an identity; each may do what those before it may. `access.py` says which act needs which."""

    author = 1
    editor = 2
    owner = 3


class IdentityAccess(Model):
    """Access of logins to identities, many to many, each with a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE)
    is_owner = models.BooleanField(default=True)
    is_editor = models.BooleanField(default=True, db_default=True)  # owners always are
    # how the others who write as the identity know this login: the name by which it was invited, "" for the first
    label = models.CharField(max_length=300, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "identity"], name="users_identity_access_pair")
        ]

    @property
    def role(self) -> AccessRole:
        if self.is_owner:
            return AccessRole.owner
        return AccessRole.editor if self.is_editor else AccessRole.author


class DomainAccess(Model):
    """A domain that admitted a login: it may create an identity there again after deleting its last one. One row per login and domain."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "domain"], name="users_domain_access_pair")]


NETWORKS_KEPT_FOR = timedelta(days=60)
MAX_NETWORKS_PER_USER = 20


class KnownNetwork(Model):
    """Networks from which a login was used lately: guessing from elsewhere does not lock the owner out of these. And browsers in which it
    signed in lately, so that a mail can tell of another one.

    A row is a keyed hash of the login's address and the network or browser, so that the table reveals no locations. At most
    `MAX_NETWORKS_PER_USER` of either kind per login; deleted after `NETWORKS_KEPT_FOR` without use.
    """

    mark = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    last_at = models.DateTimeField(db_index=True)
    is_browser = models.BooleanField(default=False, db_default=False)


class SignUp(Model):
    """A pending sign-up with the requested name. There is no identity, so nobody can see, find or count it, until the address is
    confirmed and, where required, a moderator approves.

    An address may have several until one is confirmed, as anybody can sign up with it: each has its own link, password and name, and
    confirming one deletes the others. Several of one address may request the same name. A row is deleted on admission or refusal; after a
    week a job deletes it, with the login.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)
    username = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(Lower("username"), "domain", name="users_signup_name")]

    @property
    def handle(self) -> str:
        """`name@host`; needs `domain` loaded."""
        return f"{self.username}@{self.domain.name}"


class Invitation(Model):
    """A link for signing up on a domain that requires an invitation. Deleted when it is revoked, and by a job once it has expired.

    It lets in `max_sign_ups` people, or anybody until it expires.

    `made_by` is None for the command line. The link is not stored: it is the signed id.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    sign_ups = models.IntegerField(default=0)
    max_sign_ups = models.IntegerField(null=True)


class MailGraph(StateGraph):
    """The life of a mail."""

    title = "Mails to send"
    max_attempts = None  # its own deadline limits the retries
    backoff = Backoff(base=timedelta(seconds=30), cap=timedelta(hours=1))

    waiting = State(initial=True, doc="Waiting to be sent; retried while the mail server is unavailable.")
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
        doc="The mail server refused it, or it would arrive too late.",
    )

    waiting.to(sent)
    waiting.to(unaddressed)
    waiting.to(obsolete)
    waiting.to(refused)


class Mail(StatefulModel):
    """An outgoing mail: stored in the transaction that causes it, sent by the worker (users/logins/handlers.py).

    Sent mails are deleted after an hour, failed ones after three days.

    `recipient` is empty for a mail that is not sent. `text` may contain a secret link: it is emptied after sending.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    recipient = models.TextField()
    domain_id = models.BigIntegerField(
        null=True
    )  # the domain that sends it; not a foreign key, as mails are short-lived
    # for staff: the kind of waiting item. The text is rendered on sending, because it contains their number
    staff_about = models.TextField(default="", db_default="")
    subject = models.TextField()
    text = models.TextField()
    language = models.CharField(max_length=10, default="", db_default="")  # "": English
    # where a POST ends mails of this kind (RFC 8058); empty for those that people can't do without
    unsubscribe_url = models.TextField(default="", db_default="")
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
