"""A remote post after parsing: checked, typed and sanitised. Input of publishing/services/receiving.py. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activities.posts.models import Interaction, PostType, Visibility
from users.emojis.activitypub import EmojiDocument


@dataclass(frozen=True, slots=True)
class MentionInDocument:
    """A Mention tag. `name` is `@user@host` or `@user`, possibly empty; `href` an actor id or, from some servers, a profile page."""

    href: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentInDocument:
    url: str
    kind: str = "unknown"  # an AttachmentKind
    media_type: str = ""
    preview_url: str = ""
    description: str = ""
    blurhash: str = ""
    width: int | None = None
    height: int | None = None
    focus_x: float = 0
    focus_y: float = 0
    captions: tuple[dict[str, str], ...] = ()  # language and url
    sha256: str = ""  # in hexadecimal: of the copy, otherwise as its server says


@dataclass(frozen=True, slots=True)
class PostDocument:
    """A parsed remote post. `visibility` is derived from `to` and `cc`; `addressed` are all actor URIs in them, mentioned or not (no
    collections).

    It includes those in `audience`, if the post is visible to everyone. `takes_replies` is None if the document does not say.
    """

    uri: str
    author_uri: str
    visibility: Visibility
    published: dt.datetime
    url: str = ""
    type: PostType = PostType.note
    content_html: str = ""
    title: str = ""
    summary: str = ""  # plain text: the content warning
    is_sensitive: bool = False
    language: str | None = None
    updated: dt.datetime | None = None
    in_reply_to_uri: str = ""
    reply_approval_uri: str = ""
    addressed: Sequence[str] = ()
    mentions: Sequence[MentionInDocument] = ()
    hashtags: Sequence[str] = ()  # as written, with or without #
    emojis: Sequence[EmojiDocument] = ()
    attachments: Sequence[AttachmentInDocument] = ()
    question: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None  # of Post.facts
    quote_uri: str = ""
    quote_approval_uri: str = ""
    takes_replies: bool | None = None
    policies: Mapping[Interaction, int] = field(default_factory=dict)  # flags of InteractionPolicy
    replies: int | None = None  # totals; None if not stated
    boosts: int | None = None
    likes: int | None = None
    raw: dict[str, Any] = field(
        default_factory=dict, repr=False
    )  # the original document, for fields that are not parsed yet
