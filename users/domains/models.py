"""The domains of this installation, their texts, and the options that are kept in the database."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import get_language

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from core.languages import ENGLISH
from stator import Backoff, State, StateField, StatefulModel, StateGraph

DEFAULT_ACCENT = "#0f6b78"  # blue-green, as the takahē; 6.1:1 with white


class SignUpMode(StrEnum):
    open = "open"
    invite = "invite"
    approval = "approval"
    closed = "closed"


class Crawlers(StrEnum):
    """The robots that `robots.txt` asks to come."""

    all = "all"
    no_ai = "no_ai"
    none = "none"


REMOVED_AFTER = timedelta(days=14)


class DomainGraph(StateGraph):
    """The life of a domain. Its name stays reserved when everything else of it is erased (users/closing)."""

    title = "Domains to remove"
    max_attempts = None  # a domain must not stay half removed
    backoff = Backoff(cap=timedelta(minutes=10))

    served = State(initial=True, resting=True, doc="Its pages, its API and its inboxes answer.")
    paused = State(
        resting=True,
        doc="Everything but its media answers 503, and its deliveries and scheduled posts wait.",
    )

    warning = State(doc="It will be removed: its people are being told by mail.")
    leaving = State(
        resting=True,
        timeout_after=REMOVED_AFTER,
        timeout_to="closing",
        doc="Served until it is removed, so that its people can move. The removal can be taken back.",
    )
    closing = State(doc="Its people are being deleted, and the servers that know them are told.")
    emptying = State(doc="Everything else that belongs to it is being removed.")
    gone = State(terminal=True, doc="Only its name is kept, so that nobody can take over its people's ids.")

    served.to(paused, warning, closing)
    paused.to(served, warning, closing)
    warning.to(leaving, served, closing)
    leaving.to(served)
    closing.to(emptying)
    emptying.to(gone)


REMOVED = frozenset(str(one) for one in (DomainGraph.closing, DomainGraph.emptying, DomainGraph.gone))


class Domain(StatefulModel):
    """A domain served by this installation. Grows only when an operator adds one.

    `name` is what handles show (`@me@example.com`); `service_name` is the host that serves pages and documents, when it differs.

    A name may carry a port (`localhost:8000`): such a domain speaks plain HTTP, for development and tests.
    """

    name = models.CharField(max_length=255)
    service_name = models.CharField(max_length=255, null=True, blank=True)
    title = models.CharField(max_length=100, default="")
    description = models.TextField(default="")
    sign_up_mode = models.CharField(max_length=10, choices=choices(SignUpMode), default=SignUpMode.closed)
    is_public = models.BooleanField(default=True)
    # ActivityPub documents are served to signed GETs only, so that blocked actors and servers can't read them
    authorized_fetch = models.BooleanField(default=False, db_default=False)
    # doesn't federate: a DomainPolicy blocks every host (users/domains/services.py), new posts stay local-only, and nothing is served to servers
    is_local_only = models.BooleanField(default=False, db_default=False)
    # to visitors: profiles, posts, feeds, and so timelines, too. Other servers read them all the same
    shows_profiles = models.BooleanField(default=True, db_default=True)
    contact_email = models.EmailField(default="", blank=True)
    # of the address that its mails come from, before the @; without one the server's setting counts
    mail_name = models.CharField(max_length=64, default="", db_default="", blank=True)
    accent_color = models.CharField(max_length=7, default=DEFAULT_ACCENT)
    # False while a provider replaces passwords, passkeys and sign-up (users/sign_in_providers)
    has_local_sign_in = models.BooleanField(default=True, db_default=True)
    # names of stored files (core/media/names.py); without them the takahē is shown
    logo_file = models.CharField(max_length=100, default="", db_default="")
    icon_file = models.CharField(max_length=100, default="", db_default="")
    banner_file = models.CharField(max_length=100, default="", db_default="")
    # to visitors, if they can see the timelines
    shows_trends = models.BooleanField(default=True, db_default=True)
    shows_directory = models.BooleanField(default=True, db_default=True)
    # the default of new identities, in the values of activities' Visibility
    default_visibility = models.SmallIntegerField(default=0, db_default=0)
    crawlers = models.CharField(
        max_length=5, choices=choices(Crawlers), default=Crawlers.all, db_default=Crawlers.all.value
    )
    # the identity that visitors can write to; without one, or if it is deleted, apps are told that of the first admin
    contact_id = models.BigIntegerField(null=True)
    # those of users.domains.limits.Limits that differ from the defaults
    limits = models.JSONField(default=dict, db_default={})
    # an identity whose profile visitors see instead of the front page
    front_id = models.BigIntegerField(null=True)
    # [[label, address]], as users/domains/footer.py checks them
    footer_links = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # of what is served of its DomainStyle; without one it is empty
    style_version = models.CharField(max_length=16, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    found_rules: "Sequence[dict[str, Any]]" = ()  # as users/domains/queries.py reads them
    all_rules: "Sequence[Rule]" = ()  # removed ones too, in their order; set by users/domains/queries.py
    # of one that is being removed: the last of its identities that was told, or deleted
    removed_to = models.BigIntegerField(default=0, db_default=0)

    state = StateField(DomainGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="users_domain_name"),
            models.UniqueConstraint(Lower("service_name"), name="users_domain_service_name"),
        ]

    @property
    def rules(self) -> "list[Rule]":
        """The rules in their order."""
        return [rule for rule in self.all_rules if rule.removed_at is None]

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules in the API and in reports."""
        return [rule.api_id for rule in self.rules]

    @property
    def shows_timelines(self) -> bool:
        """True if visitors see timelines, which show posts of its people."""
        return self.is_public and self.shows_profiles

    @property
    def is_paused(self) -> bool:
        return self.state == DomainGraph.paused

    @property
    def is_leaving(self) -> bool:
        """True if it will be removed, which can still be taken back."""
        return self.state in (DomainGraph.warning, DomainGraph.leaving)

    @property
    def is_removed(self) -> bool:
        """True if it was removed for good: its people are or are being deleted, and its host answers 410."""
        return self.state in REMOVED

    @property
    def takes_sign_ups(self) -> bool:
        """True if anyone may sign up, with or without approval."""
        return self.has_local_sign_in and self.sign_up_mode in {SignUpMode.open, SignUpMode.approval}

    @property
    def host(self) -> str:
        """The host (with a port, if any) that serves this domain."""
        return self.service_name or self.name

    @property
    def base_url(self) -> str:
        """`https://host`, or `http://host` for a domain with a port."""
        scheme = "http" if ":" in self.host else "https"
        return f"{scheme}://{self.host}"


class DomainStyle(Model):
    """The own style sheet of a domain. At most one a domain.

    `source` is what its staff wrote, `css` the part that is served, `removed` the rest (users/domains/style/reading.py: Removal).
    """

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="+", primary_key=True)
    source = models.TextField()
    css = models.TextField()
    removed = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))


class RuleWords(NamedTuple):
    """A rule in one language."""

    text: str
    hint: str


class Rule(Model):
    """A rule of a domain. A removed one is kept, because earlier reports name it. Grows only when staff write one."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.IntegerField()  # in the API and in reports; never used again on its domain
    place = models.IntegerField()  # its order on pages
    text = models.TextField()
    hint = models.TextField(default="", db_default="")
    # language (core/languages.py) → {"text": …, "hint": …}
    translations = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "number"], name="users_rule_number")]

    @property
    def api_id(self) -> str:
        return str(self.number)

    @property
    def words(self) -> RuleWords:
        """The rule in the reader's language, or else as it was written."""
        found = self.translations.get(get_language() or ENGLISH, {})
        return RuleWords(found.get("text") or self.text, found.get("hint") or self.hint)


class DomainTextKind(StrEnum):
    privacy_policy = "privacy_policy"
    terms_of_service = "terms_of_service"
    extended_description = "extended_description"
    front_page = "front_page"


class DomainText(Model):
    """The long texts of a domain: privacy policy, terms, description, front page. All versions are kept; a row is added only when an operator
    publishes one.

    `content` is sanitised HTML. It is in effect from `effective_on` until the next version of its kind.
    """

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, choices=choices(DomainTextKind))
    content = models.TextField()
    effective_on = models.DateField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "kind", "effective_on"], name="users_domain_text_version"
            )
        ]


class Level(StrEnum):
    system = "system"
    domain = "domain"
    user = "user"
    identity = "identity"


class Option(Model):
    """A typed option kept in the database, at one of four levels. The table of options and their types is in users/domains/options.py.

    A row stores a value that differs from the default. `owner` is the id of the domain, user or identity; 0 for the system.
    """

    level = models.CharField(max_length=10, choices=choices(Level))
    owner = models.BigIntegerField(default=0)
    name = models.CharField(max_length=100)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "owner", "name"], name="users_option_name")]
