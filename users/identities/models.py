"""Actors of the fediverse, local and remote, and their search index. A periodic job deletes remote ones that are not referenced any more."""

from datetime import timedelta
from enum import IntEnum, StrEnum

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Value
from django.db.models.functions import MD5, Coalesce, Lower, NullIf

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.domains.models import Domain


class ActorType(StrEnum):
    person = "Person"
    service = "Service"
    application = "Application"
    group = "Group"
    organization = "Organization"


class MediaDescriptions(IntEnum):
    """Treatment of media that is posted without a description, on pages."""

    optional = 0
    reminded = 1
    required = 2


class Restriction(IntEnum):
    none = 0
    limited = 1
    suspended = 2


class MediaReading(StrEnum):
    """The media that is shown without a click; values of Mastodon's preference `reading:expand:media`."""

    default = "default"  # all but sensitive media
    show_all = "show_all"
    hide_all = "hide_all"


class IdentityGraph(StateGraph):
    """The life of an identity: local ones announce their edits, remote ones are fetched when outdated."""

    title = "Profiles to refresh, announce or remove"

    steady = State(initial=True, resting=True, doc="Nothing to do.")
    outdated = State(doc="Remote: waiting for the actor document to be fetched again.")
    edited = State(doc="Local: waiting to tell followers' servers about the new profile.")
    deleted = State(
        doc="Deleted: a local one is announced to the servers that know it, then the removal begins."
    )
    emptying = State(doc="Everything that this identity wrote and did is being removed in batches.")
    gone = State(terminal=True, doc="Only the name is kept, so that nobody can take it over.")
    unreachable = State(
        terminal=True,
        failure=True,
        doc="Fetching or announcing failed for good; it is tried again at the next contact.",
    )

    steady.to(outdated)
    steady.to(edited)
    steady.to(deleted)
    outdated.to(steady)
    outdated.to(deleted)
    outdated.to(unreachable)
    edited.to(steady)
    edited.to(deleted)
    edited.to(unreachable)
    unreachable.to(outdated)
    unreachable.to(edited)
    unreachable.to(deleted)
    deleted.to(emptying)
    deleted.to(gone)
    deleted.to(unreachable)
    emptying.to(gone)
    emptying.to(unreachable)


class Identity(StatefulModel):
    """An actor of the fediverse, local or remote. A periodic job deletes remote ones that are not referenced any more.

    `host` is the domain shown in the handle, for local and remote alike; `domain` is set for local ones only.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    username = models.CharField(max_length=255)
    host = models.CharField(max_length=255)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True)
    uri = models.CharField(max_length=2048, unique=True)
    profile_url = models.CharField(max_length=2048, default="")
    actor_type = models.CharField(max_length=20, choices=choices(ActorType), default=ActorType.person)

    name = models.CharField(max_length=500, default="")
    summary = models.TextField(default="")  # sanitised HTML
    summary_source = models.TextField(default="")  # as typed, for local ones
    fields = models.JSONField(
        default=list
    )  # [{"name": text, "value": sanitised HTML, "source": text, "verified_at": iso|None}]
    emojis = models.JSONField(default=list)  # users.emojis.activitypub.Copy
    icon_url = models.CharField(max_length=2048, default="")
    icon_file = models.CharField(
        max_length=100, default="", db_default=""
    )  # the stored file of a local picture
    icon_description = models.TextField(default="")
    image_url = models.CharField(max_length=2048, default="")
    image_file = models.CharField(max_length=100, default="", db_default="")
    image_description = models.TextField(default="")

    inbox_url = models.CharField(max_length=2048, default="")
    shared_inbox_url = models.CharField(max_length=2048, default="")
    outbox_url = models.CharField(max_length=2048, default="")
    followers_url = models.CharField(max_length=2048, default="")
    following_url = models.CharField(max_length=2048, default="")
    featured_url = models.CharField(max_length=2048, default="")
    featured_tags_url = models.CharField(max_length=2048, default="", db_default="")
    featured_collections_url = models.CharField(max_length=2048, default="", db_default="")  # of remote ones

    public_key_id = models.CharField(max_length=2048, default="")
    public_key = models.TextField(default="")
    private_key = models.TextField(default="")  # local only; encrypted when TAKAHE_KEY_SECRET is set

    approves_followers = models.BooleanField(default=False)
    is_discoverable = models.BooleanField(default=True)
    is_indexable = models.BooleanField(default=False)
    # of remote ones: whether anybody may put them in a collection (FEP-7aa9); local ones allow it if they are discoverable
    allows_featuring = models.BooleanField(default=False, db_default=False)
    hides_follows = models.BooleanField(default=False)
    # the tabs of the profile, for apps that show them
    shows_media = models.BooleanField(default=True, db_default=True)
    shows_media_of_replies = models.BooleanField(default=True, db_default=True)
    shows_featured = models.BooleanField(default=True, db_default=True)
    # websites that may name this user as the author of their articles
    attribution_domains = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    also_known_as = models.JSONField(default=list)
    moved_to_uri = models.CharField(max_length=2048, default="")
    restriction = models.SmallIntegerField(choices=choices(Restriction), default=Restriction.none)
    # its owner deleted it: suspended until then, so that the owner can take it back, and erased after it
    leaves_at = models.DateTimeField(null=True)
    stays_limited = models.BooleanField(default=False, db_default=False)  # limited by staff when taken back
    # staff marked the media of all posts as sensitive, whatever each post says
    is_sensitized = models.BooleanField(default=False, db_default=False)
    # ids of the other identity of the login whose limit or covering by staff came to this one, and is lifted with it
    limited_with = models.BigIntegerField(null=True)
    sensitized_with = models.BigIntegerField(null=True)

    posts_count = models.IntegerField(default=0)
    followers_count = models.IntegerField(default=0)
    following_count = models.IntegerField(default=0)
    # of remote ones: the totals that their server stated last; shown if they are higher than the known numbers
    stated_posts = models.IntegerField(null=True)
    stated_followers = models.IntegerField(null=True)
    stated_following = models.IntegerField(null=True)
    last_post_at = models.DateTimeField(null=True)

    default_visibility = models.SmallIntegerField(default=0)
    default_language = models.CharField(max_length=35, default="")
    default_sensitive = models.BooleanField(
        default=False, db_default=False
    )  # new posts with media are sensitive by default
    # what pages do about media without a description in new posts, a MediaDescriptions
    media_descriptions = models.SmallIntegerField(
        default=MediaDescriptions.reminded.value, db_default=MediaDescriptions.reminded.value
    )
    # who may quote, reply to, like and boost new posts, in the flags of activities' InteractionPolicy
    default_quote_policy = models.SmallIntegerField(default=1, db_default=1)
    default_reply_policy = models.SmallIntegerField(default=1, db_default=1)
    default_like_policy = models.SmallIntegerField(default=1, db_default=1)
    default_boost_policy = models.SmallIntegerField(default=1, db_default=1)
    # those that differ, by visibility and kind: {"followers": {"reply": 0}}
    default_policies = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # reading preferences
    opens_warnings = models.BooleanField(default=False, db_default=False)
    expands_media = models.CharField(
        max_length=8,
        choices=choices(MediaReading),
        default=MediaReading.default,
        db_default=MediaReading.default.value,
    )
    # the next onboarding step (web/welcome/steps.py); 0 is done or skipped
    first_step = models.SmallIntegerField(default=0, db_default=0)
    # a version of the user's filters; 0 means none, so that users without filters cost no query
    filters_version = models.IntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()  # when the account was created, as stated by its server
    fetched_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # of a deleted local identity: the MD5 of the last inbox that was sent the Delete
    told_to = models.CharField(max_length=32, default="", db_default="")
    # of an edit that is being announced: the OutgoingActivity, and the last follow whose server was sent it
    announced_as = models.BigIntegerField(null=True)
    announced_to = models.BigIntegerField(null=True)
    emptied_to = models.BigIntegerField(null=True)  # the last post that was removed with a deleted identity

    state = StateField(IdentityGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), Lower("host"), name="users_identity_handle"),
        ]
        indexes = [
            models.Index(
                fields=["domain", "id"],
                condition=models.Q(domain__isnull=False),
                name="users_identity_of_domain",
            ),
            models.Index(
                models.F("last_post_at").desc(nulls_last=True),
                condition=models.Q(is_discoverable=True, restriction=0, deleted_at__isnull=True),
                name="users_identity_directory",
            ),
            models.Index(
                models.F("domain"),
                models.F("followers_count").desc(),
                condition=models.Q(
                    domain__isnull=False, is_discoverable=True, restriction=0, deleted_at__isnull=True
                ),
                name="users_identity_popular",
            ),
            # iterates over the known servers
            models.Index(
                MD5(Coalesce(NullIf("shared_inbox_url", Value("")), "inbox_url")),
                condition=models.Q(domain__isnull=True, deleted_at__isnull=True) & ~models.Q(inbox_url=""),
                name="users_identity_inbox",
            ),
            # for moderators, as are users_identity_local_name and users_identity_host, which serve LIKE (migration 0029)
            models.Index(
                fields=["id"],
                condition=models.Q(restriction__gt=0, deleted_at__isnull=True),
                name="users_identity_restricted",
            ),
            models.Index(
                fields=["leaves_at"],
                condition=models.Q(leaves_at__isnull=False, deleted_at__isnull=True),
                name="users_identity_leaving",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(is_sensitized=True, deleted_at__isnull=True),
                name="users_identity_sensitized",
            ),
            models.Index(
                fields=["limited_with"],
                condition=models.Q(limited_with__isnull=False),
                name="users_identity_limited_with",
            ),
            models.Index(
                fields=["sensitized_with"],
                condition=models.Q(sensitized_with__isnull=False),
                name="users_identity_covered_with",
            ),
        ]

    @property
    def is_local(self) -> bool:
        return self.domain_id is not None

    @property
    def is_suspended(self) -> bool:
        return self.restriction == Restriction.suspended

    @property
    def staff_restriction(self) -> Restriction:
        """The restriction by staff. A deletion by the owner, who can still take it back, is none."""
        if self.leaves_at is None:
            return Restriction(self.restriction)
        return Restriction.limited if self.stays_limited else Restriction.none

    @property
    def handle(self) -> str:
        """`name@host`, without a leading @."""
        return f"{self.username}@{self.host}"

    @property
    def delivery_url(self) -> str:
        """The inbox for deliveries to this actor: the shared one if its server has one."""
        return self.shared_inbox_url or self.inbox_url


REFRESH_AFTER = timedelta(days=2)


class KeyUse(StrEnum):
    assertion = "assertion"
    retired = "retired"


RETIRED_KEY_VALID_FOR = timedelta(
    hours=13
)  # no server accepts an older signature: 12 hours and the clock skew


class ActorKey(Model):
    """A key of a local identity besides its RSA key: the Ed25519 key of its proofs, or the RSA key before the last rotation.

    At most one of each use. `public` is PEM; `private` is encrypted if TAKAHE_KEY_SECRET is set. Retired ones are deleted when they
    expire.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    use = models.CharField(max_length=10, choices=choices(KeyUse))
    key_id = models.CharField(max_length=2048)
    public = models.TextField()
    private = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "use"], name="users_actor_key_use")]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="users_actor_key_expires",
            )
        ]


class SearchName(Model):
    """The folded username and name of an identity that isn't deleted, for search (core/texts/folding.py).

    Separate from the identities' rows, which are written much more often. Written by users/identities/services/search_names.py only.
    """

    # the foreign key (ON DELETE CASCADE of the database) is created in the migration, because Django refuses to mix the two kinds
    identity = models.OneToOneField(
        Identity, on_delete=models.CASCADE, db_constraint=False, primary_key=True, related_name="+"
    )
    text = models.TextField()
    grams = ArrayField(models.TextField())

    class Meta:
        indexes = [
            # without a pending list, which every search would have to read
            GinIndex(fields=["grams"], fastupdate=False, name="users_searchname_grams"),
        ]


class Backfill(Model):
    """The progress of filling a new table from old rows, newest first: everything from `done_from` on is done."""

    name = models.CharField(max_length=50, primary_key=True)
    done_from = models.BigIntegerField()
