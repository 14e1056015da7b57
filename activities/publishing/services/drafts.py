"""Drafts of posts: one type for the API, the pages and scheduled posts, with one validation and one stored form."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, Self

import msgspec

from activities.polls import services as polls
from activities.posts import text as texts
from activities.posts.markdown import spoken
from activities.posts.models import Interaction, Visibility
from activities.posts.services.expiry import check_expiry
from core.errors import Invalid
from core.texts import is_blank
from users.domains.limits import Limits

MAX_CHAIN = 24  # posts after the first


class ChainPart(NamedTuple):
    """A post that follows another one by the same author."""

    text: str
    files: Sequence[int]
    content_warning: str
    is_open: bool  # no warning, though the first has one


class PostDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a new post, or of an edit.

    None is the author's default in a new post, and the current value in an edit. An edit ignores `visibility`, `in_reply_to_id`,
    `quoted_id`, `allowed_mentions` and the application.

    `is_markdown` is the format of the text; by default a new post is plain text.

    `is_sensitive` is about its media; a post with a content warning always is. An unknown `language` counts as None. With
    `allowed_mentions`, mentions of others than these and the author are refused.

    With `described_only` a file without a description is refused (chains.py): pages set it if the author has enabled this check.

    With `expires_after` (seconds) each post deletes itself so long after its publication; an edit ignores it.

    `chain` are the texts of posts that follow it, each replying to the previous one (chains.py); an edit has none. `chain_files` are their
    files and `chain_warnings` their own content warnings, by place; where there is none, the warning of the first applies,
    unless `chain_open` says that there is to be none.

    `circle_id` is the author's circle that a `limited` post is for, with its members at the time of publication. An author's reply to their
    own limited post needs none and goes to the same people. An edit ignores it.

    Scheduled posts are stored in this form: a new field needs a default, and field names never change.
    """

    text: str
    is_markdown: bool | None = None
    content_warning: str = ""
    visibility: Visibility | None = None
    is_sensitive: bool | None = None
    language: str | None = None
    in_reply_to_id: int | None = None
    application: str = ""
    application_website: str = ""
    attachments: Sequence[int] | None = None
    poll: polls.PollDraft | None = None
    quoted_id: int | None = None
    quote_policy: int | None = None
    policies: dict[Interaction, int] = {}  # of replies, likes and boosts; flags of InteractionPolicy
    allowed_mentions: Sequence[int] | None = None
    chain: Sequence[str] = ()
    chain_files: Sequence[Sequence[int]] = ()
    chain_warnings: Sequence[str] = ()
    chain_open: Sequence[bool] = ()
    described_only: bool = False
    expires_after: int | None = None
    circle_id: int | None = None

    @property
    def spoken(self) -> str:
        """The text in which mentions and hashtags count."""
        return spoken(self.text) if self.is_markdown else self.text

    @property
    def files(self) -> Sequence[int]:
        """The attachments of a new post."""
        return self.attachments or ()

    @property
    def parts(self) -> list[ChainPart]:
        """The posts that follow a new post."""
        found = zip_longest(self.chain, self.chain_files, self.chain_warnings, self.chain_open)
        return [
            ChainPart(text or "", files or (), warning or "", bool(is_open))
            for text, files, warning, is_open in found
        ]

    @property
    def all_files(self) -> list[int]:
        """The attachments of a new post and of those that follow it."""
        return [*self.files, *(one for files in self.chain_files for one in files)]

    def check_length(self, limits: Limits) -> None:
        """Raise Invalid for a text that exceeds any limit, before it is searched for mentions."""
        _check_text(self.text, self.content_warning, most=limits.characters, needs_text=False)

    def checked(self, limits: Limits, *, has_files: bool | None = None, quotes: bool | None = None) -> Self:
        """Return the draft with its text cleaned. Raises BadInput if it is invalid for any author of a domain with these limits.

        The caller states whether an edited post has files and a quote; for a new one the draft knows.
        """
        has_files = bool(self.files) if has_files is None else has_files
        quotes = self.quoted_id is not None if quotes is None else quotes
        text, content_warning = _check_text(
            self.text, self.content_warning, most=limits.characters, needs_text=not has_files and not quotes
        )
        if len(self.files) > limits.files or (has_files and self.poll):
            raise Invalid("media", "too_many", most=limits.files)
        if quotes and (self.files or self.poll):
            raise Invalid("quote", "with_files_or_poll")
        if self.poll:
            polls.check_poll(self.poll, most=limits.poll_options)
        check_expiry(self.expires_after)
        parts = _check_chain(self.parts, content_warning, limits)
        if len(set(self.all_files)) != len(self.all_files) and self.chain_files:
            raise Invalid("media", "not_free")
        return msgspec.structs.replace(
            self,
            text=text,
            content_warning=content_warning,
            chain=[part.text for part in parts],
            chain_files=[part.files for part in parts],
            chain_warnings=[part.content_warning for part in parts],
            chain_open=[part.is_open for part in parts],
        )

    def stored(self) -> dict[str, Any]:
        """Return the draft as JSON for the database."""
        stored: dict[str, Any] = msgspec.to_builtins(self)
        return stored

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """Return a stored draft, written by this version or an earlier one."""
        return msgspec.convert(stored, cls)


def _check_text(text: str, content_warning: str, *, most: int, needs_text: bool) -> tuple[str, str]:
    if len(text) + len(content_warning) > 40 * most:  # far too long: don't count
        raise Invalid("text", "too_long", most=most)
    text, content_warning = texts.clean(text).strip(), texts.clean(content_warning).strip()
    if needs_text and is_blank(text):
        raise Invalid("text", "blank")
    if texts.length(text) + texts.length(content_warning) > most:
        raise Invalid("text", "too_long", most=most)
    return text, content_warning


def _check_chain(chain: Sequence[ChainPart], content_warning: str, limits: Limits) -> list[ChainPart]:
    """Return the parts of a chain with their texts cleaned, without empty ones."""
    if len(chain) > MAX_CHAIN:
        raise Invalid("chain", "too_many", most=MAX_CHAIN + 1)
    kept = []
    for number, part in enumerate(chain, 2):
        if len(part.files) > limits.files:
            raise Invalid("media", "too_many", most=limits.files)
        is_long = len(part.text) + len(part.content_warning) > 40 * limits.characters
        text, warning = (
            ("", "")
            if is_long
            else (texts.clean(words).strip() for words in (part.text, part.content_warning))
        )
        warns = warning if warning or part.is_open else content_warning
        if is_long or texts.length(text) + texts.length(warns) > limits.characters:
            raise Invalid("chain", "part_too_long", number=number, most=limits.characters)
        if part.files or not is_blank(text):
            kept.append(ChainPart(text, part.files, warning, part.is_open))
    return kept
