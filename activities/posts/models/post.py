"""A post or a boost, local or remote: they share one table and one id space, so that a home timeline is one index range.

Those of other servers without interest here are removed after a time (activities/retention), and deleted ones after a month.
"""

from datetime import timedelta
from enum import IntEnum, StrEnum

from django.db import models

from core.db.enums import choices
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.domains.models import Domain
from users.identities.models import Identity


class Visibility(IntEnum):
    """The audience of a post. Its meaning is defined in activities/posts/queries/visibility.py only."""

    public = 0
    unlisted = 1
    followers = 2
    mentioned = 3
    local_only = 4
    limited = 5  # the members of a circle when the post was written, as silent mentions


class QuoteState(StrEnum):
    """The consent of a quoted post's author (FEP-044f)."""

    pending = "pending"
    accepted = "accepted"
    rejected = "rejected"
    revoked = "revoked"
    deleted = "deleted"


class Interaction(StrEnum):
    """Interactions with others' posts, if the post's policy allows them (Post.policy_for)."""

    reply = "reply"
    like = "like"
    boost = "boost"
    quote = "quote"


class InteractionPolicy(IntEnum):
    """Flags: who may reply to, like, boost or quote a post, immediately or after approval by its author. Enforced here, advisory for
    other servers.
    """

    public = 1
    followers = 2
    following = 4
    others = 8  # individual actors, or a value that we don't understand
    public_asked = 16
    followers_asked = 32
    following_asked = 64
    others_asked = 128


class PostType(StrEnum):
    note = "Note"
    question = "Question"
    article = "Article"
    page = "Page"
    image = "Image"
    audio = "Audio"
    video = "Video"
    event = "Event"


class PostGraph(StateGraph):
    """The life of a post: the worker publishes each local or remote change to everyone concerned."""

    title = "Posts to publish, change or delete"

    early = State(
        doc="A reply that arrived before the post that it replies to, which is being fetched for a few seconds, because its author may have to approve replies. Nobody sees it yet.",
    )
    new = State(
        initial=True,
        doc="Just written or received: on its way to home timelines, notifications and other servers.",
    )
    orphaned = State(
        doc="Everyone has received it; the post that it replies to is missing and is being fetched."
    )
    fetched = State(
        doc="Fetched, not delivered: the post that it replies to is being fetched, and nobody is notified."
    )
    unseen = State(
        doc="A fetched reply, which notifies nobody; the post that it replies to is being fetched for a few seconds, because its author may have to approve replies. Nobody sees it yet.",
    )
    fanned_out = State(resting=True, doc="Everyone it concerns has it.")
    held = State(
        resting=True,
        doc="Waits for the approval of whose post it answers or boosts, or was refused it: only its author sees it.",
    )
    sheltered = State(
        resting=True,
        doc="Held until staff decide, by a rule on incoming posts, or because its author is new here, until those whom it mentions accept it: nobody else sees it.",
    )
    withdrawn = State(
        resting=True,
        doc="Deleted by its author a moment ago, who may restore it: nobody sees it, and no other server was told.",
    )
    edited = State(doc="Edited: waiting to be sent to everyone who has it.")
    deleted = State(doc="Deleted: waiting to tell everyone who has it.")
    emptying = State(
        doc="Deleted; its many boosts, likes and votes are removed in batches once everyone has been told."
    )
    gone = State(
        terminal=True, delete_after=timedelta(days=30), doc="Only the address is kept, to answer 410."
    )
    failed = State(
        terminal=True,
        failure=True,
        doc="Could not be sent to everyone; the reason is recorded. You can retry at any time.",
    )

    early.to(new)
    early.to(held)
    early.to(deleted)
    early.to(failed)
    new.to(fanned_out)
    new.to(held)
    held.to(new)
    held.to(fanned_out)
    held.to(deleted)
    fanned_out.to(held)
    orphaned.to(held)
    fetched.to(held)
    edited.to(held)
    new.to(orphaned)
    new.to(edited)
    new.to(deleted)
    new.to(failed)
    orphaned.to(fanned_out)
    orphaned.to(edited)
    orphaned.to(deleted)
    orphaned.to(failed)
    unseen.to(fetched)
    unseen.to(fanned_out)
    unseen.to(early)
    unseen.to(held)
    unseen.to(deleted)
    unseen.to(failed)
    fetched.to(fanned_out)
    fetched.to(early)
    fetched.to(unseen)  # rows start there; each state has to be reachable from the first one
    fetched.to(new)
    fetched.to(edited)
    fetched.to(deleted)
    fetched.to(failed)
    fanned_out.to(new)
    fanned_out.to(fetched)
    fanned_out.to(edited)
    fanned_out.to(deleted)
    edited.to(fanned_out)
    edited.to(deleted)
    edited.to(failed)
    failed.to(new)
    failed.to(deleted)
    early.to(sheltered)
    new.to(sheltered)
    orphaned.to(sheltered)
    fetched.to(sheltered)
    unseen.to(sheltered)
    fanned_out.to(sheltered)
    held.to(sheltered)
    edited.to(sheltered)
    sheltered.to(early, new, fetched, unseen, fanned_out, held, deleted)
    new.to(withdrawn)
    orphaned.to(withdrawn)
    fanned_out.to(withdrawn)
    edited.to(withdrawn)
    held.to(withdrawn)
    failed.to(withdrawn)
    withdrawn.to(new, orphaned, fanned_out, edited, held, deleted)
    deleted.to(emptying)
    deleted.to(gone)
    deleted.to(failed)
    emptying.to(gone)
    emptying.to(failed)


HIDDEN_STATES = (
    PostGraph.early.name,
    PostGraph.unseen.name,
    PostGraph.held.name,
    PostGraph.sheltered.name,
)
"""Posts in these states are seen by their authors only (posts/queries/visibility.py), and not counted."""


class Post(StatefulModel):
    """A post. A boost has `boost_of` and no content of its own. The searchable text is in the column `words`, which a trigger fills from
    content warning, title and content (migration 0016); its index is activities_post_words.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, unique=True)
    url = models.CharField(max_length=2048, default="")
    is_local = models.BooleanField()
    # of local posts: the author's, set by a trigger; no foreign key, because a domain with identities is never deleted
    domain = models.ForeignKey(
        Domain,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    visibility = models.SmallIntegerField(choices=choices(Visibility))
    # of limited local posts; no foreign key, because deleting the circle does not affect the post
    circle_id = models.BigIntegerField(null=True)
    type = models.CharField(max_length=10, choices=choices(PostType), default=PostType.note)

    boost_of = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    in_reply_to_uri = models.CharField(max_length=2048, default="")  # kept while the parent is unknown
    # no foreign key: it would need an index on every reply, used only when an identity's row is deleted
    in_reply_to_author = models.ForeignKey(
        Identity,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    conversation_id = models.BigIntegerField(null=True)  # id of the first known post of the thread

    title = models.TextField(default="")  # Article, Page, Video, Event
    content = models.TextField(default="")  # sanitised HTML
    source = models.TextField(default="")  # as typed, for local posts
    is_markdown = models.BooleanField(default=False, db_default=False)  # whether the source is Markdown
    content_warning = models.TextField(default="")
    is_sensitive = models.BooleanField(default=False)
    language = models.CharField(max_length=35, null=True)
    emojis = models.JSONField(default=list)  # users.emojis.activitypub.Copy
    question = models.JSONField(
        null=True
    )  # {"options": [{"title", "votes"}], "multiple", "ends_at", "closed_at", "voters", "stated_at"}
    facts = models.JSONField(
        null=True
    )  # metadata of posts that are more than notes: posts.queries.views.FactsView
    application = models.CharField(max_length=100, default="")
    application_website = models.CharField(max_length=2048, default="", db_default="")
    card = models.ForeignKey(
        "activities.PreviewCard", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    quote_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    quote_uri = models.CharField(max_length=2048, default="", db_default="")  # empty: quotes nothing
    quote_state = models.CharField(max_length=10, choices=choices(QuoteState), default="", db_default="")
    quote_approval_uri = models.CharField(max_length=2048, default="", db_default="")
    # flags of InteractionPolicy; of remote posts as stated by their server
    quote_policy = models.SmallIntegerField(default=0, db_default=0)
    reply_policy = models.SmallIntegerField(default=1, db_default=1)
    like_policy = models.SmallIntegerField(default=1, db_default=1)
    boost_policy = models.SmallIntegerField(default=1, db_default=1)

    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    said_at = models.DateTimeField(null=True)  # of remote boosts: when the Announce was last signed

    replies_count = models.IntegerField(default=0)
    boosts_count = models.IntegerField(default=0)
    likes_count = models.IntegerField(default=0)
    quotes_count = models.IntegerField(default=0, db_default=0)
    # of remote posts: the totals last stated by their server, null if none; shown if they are higher
    stated_replies = models.IntegerField(null=True)
    stated_boosts = models.IntegerField(null=True)
    stated_likes = models.IntegerField(null=True)

    state = StateField(PostGraph)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["boost_of", "author"],
                condition=models.Q(boost_of__isnull=False, deleted_at__isnull=True),
                name="activities_post_boost",
            ),
        ]
        indexes = [
            models.Index(fields=["author", "-id"], name="activities_post_author"),
            # profiles, where private mentions are left out
            models.Index(
                fields=["author", "-id"],
                condition=~models.Q(visibility=3),
                name="activities_post_author_shown",
            ),
            models.Index(
                fields=["-id"],
                condition=models.Q(visibility=0, boost_of__isnull=True, deleted_at__isnull=True),
                name="activities_post_public",
            ),
            models.Index(
                fields=["domain", "-id"],
                condition=models.Q(
                    visibility__in=[0, 4], is_local=True, boost_of__isnull=True, deleted_at__isnull=True
                ),
                name="activities_post_of_domain",
            ),
            models.Index(
                fields=["in_reply_to", "id"],
                condition=models.Q(in_reply_to__isnull=False),
                name="activities_post_replies",
            ),
            models.Index(
                fields=["boost_of", "-id"],
                condition=models.Q(boost_of__isnull=False),
                name="activities_post_boosts",
            ),
            models.Index(
                fields=["quote_of", "-id"],
                condition=models.Q(quote_of__isnull=False),
                name="activities_post_quotes",
            ),
            models.Index(
                fields=["card", "-id"],
                condition=models.Q(card__isnull=False),
                name="activities_post_card",
            ),
            models.Index(
                fields=["url"],
                condition=models.Q(is_local=True, boost_of__isnull=True),
                name="activities_post_page",
            ),
            models.Index(
                fields=["in_reply_to_uri"],
                condition=~models.Q(in_reply_to_uri=""),
                name="activities_post_orphans",
            ),
            models.Index(fields=["conversation_id", "id"], name="activities_post_thread"),
            models.Index(
                fields=["id"],
                condition=models.Q(is_local=True) & ~models.Q(emojis=[]),
                name="activities_post_own_emojis",
            ),
        ]

    def policy_for(self, kind: Interaction) -> int:
        """Return the flags of InteractionPolicy for one kind of interaction."""
        policy: int = getattr(self, f"{kind}_policy")
        return policy

    @property
    def is_boost(self) -> bool:
        return self.boost_of_id is not None

    @property
    def is_hidden(self) -> bool:
        return self.state in HIDDEN_STATES
