"""Custom emoji, local and remote.

Posts and profiles keep a copy of the addresses of their emoji (their `emojis` columns). Showing a page of them needs no look-up, and a
remote emoji keeps the look it had when its post arrived. This table serves everything else: the picker, copying, and reactions. Copies of
local emoji are updated when one is deleted or gets another picture (EmojiRemoval).
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.ids import new_id
from stator import State, StateField, StatefulModel, StateGraph
from users.domains.models import Domain


class Emoji(Model):
    """A custom emoji. `host` is empty for local ones, which have files; remote ones have addresses.

    Only admins add local ones. Remote ones are limited per host (MAX_PER_HOST) and deleted when no document has used them for half a
    year.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    shortcode = models.CharField(max_length=64)
    host = models.CharField(max_length=255, default="", db_default="")
    # the only domain that may use it; null: all domains
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    category = models.CharField(max_length=100, default="", db_default="")
    is_visible_in_picker = models.BooleanField(default=True, db_default=True)
    is_enabled = models.BooleanField(default=True, db_default=True)
    file = models.CharField(max_length=100, default="", db_default="")
    static_file = models.CharField(
        max_length=100, default="", db_default=""
    )  # empty if `file` is not animated
    url = models.CharField(max_length=2048, default="", db_default="")
    uri = models.CharField(max_length=2048, default="", db_default="")
    updated_at = models.DateTimeField(
        null=True
    )  # as stated by its server; for local ones, when the picture changed
    seen_at = models.DateTimeField(db_default=Now())  # when a document last used it, to within a week

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "shortcode"], condition=~models.Q(host=""), name="users_emoji_remote"
            ),
            models.UniqueConstraint(
                fields=["shortcode", "domain"],
                condition=models.Q(host=""),
                nulls_distinct=False,
                name="users_emoji_own",
            ),
        ]
        indexes = [
            models.Index(
                fields=["domain"], condition=models.Q(domain__isnull=False), name="users_emoji_domain"
            ),
            models.Index(fields=["seen_at"], condition=~models.Q(host=""), name="users_emoji_seen"),
        ]

    @property
    def is_local(self) -> bool:
        return not self.host


class EmojiPackGraph(StateGraph):
    """The life of an uploaded pack: the worker reads it, then an admin selects from it."""

    title = "Packs of custom emoji to read"

    waiting = State(initial=True, doc="Uploaded: waiting to be read by the worker.")
    ready = State(terminal=True, doc="Its emoji can be looked at and chosen; deleted after a day.")
    refused = State(terminal=True, doc="It can't be read, and says why; deleted after a day.")
    failed = State(terminal=True, failure=True, doc="This server could not read it; deleted after a day.")

    waiting.to(ready)
    waiting.to(refused)
    waiting.to(failed)


class EmojiPack(StatefulModel):
    """An archive of emoji uploaded by staff. Deleted after the import, or after a day.

    `uploaded_by` is a login; staff of a domain see their own packs only. None: from the command line.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    name = models.CharField(max_length=100)
    raw_file = models.CharField(max_length=100)
    refusal = models.TextField(default="")  # core.errors.Problem.stored
    uploaded_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    state = StateField(EmojiPackGraph)


class PackedEmoji(Model):
    """An emoji of a pack that is not imported yet. `problem` is a code of core/error_messages.py if it can't be. Deleted with the pack."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    pack = models.ForeignKey(EmojiPack, on_delete=models.CASCADE, related_name="+")
    shortcode = models.CharField(max_length=100)
    category = models.CharField(max_length=100, default="")
    file = models.CharField(max_length=100, default="")
    static_file = models.CharField(max_length=100, default="")
    problem = models.CharField(max_length=50, default="")


class EmojiRemovalGraph(StateGraph):
    """The life of a picture that an emoji no longer uses: it is removed from posts and profiles, then its files are deleted."""

    title = "Custom emoji to remove from posts and profiles"
    max_attempts = None

    removing = State(initial=True, doc="Posts and profiles that show it are being changed in batches.")
    removed = State(
        terminal=True, delete_after=timedelta(days=1), doc="Nothing shows it; its files are deleted."
    )

    removing.to(removed)


class EmojiRemoval(StatefulModel):
    """A picture of a local emoji that was deleted or replaced. `emoji` has the new picture, if any."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    emoji = models.ForeignKey(Emoji, on_delete=models.SET_NULL, null=True, related_name="+")
    file = models.CharField(max_length=100)
    static_file = models.CharField(max_length=100, default="")

    state = StateField(EmojiRemovalGraph)
