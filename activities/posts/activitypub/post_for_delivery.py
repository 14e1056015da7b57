"""A local post or boost with all data that its documents need, loaded by posts/queries/delivery.py. No queries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from activities.posts.models import Visibility
from federation.documents import host_of


@dataclass(frozen=True, slots=True)
class MentionForDelivery:
    """A mention. `handle` is `name@host`; a silent one is addressed but not named.

    `inbox` is the delivery address of a remote actor. `is_apart`: there is a block between the author of a limited post and this recipient.
    """

    uri: str
    handle: str
    is_silent: bool = False
    is_group: bool = False
    inbox: str = ""
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentForDelivery:
    media_type: str
    url: str
    description: str = ""
    blurhash: str = ""
    width: int | None = None
    height: int | None = None
    focus_x: float = 0
    focus_y: float = 0
    captions: Sequence[Mapping[str, str]] = ()  # language and url


@dataclass(frozen=True, slots=True)
class PostForDelivery:
    """A post to deliver. `conversation_id` is set for a thread that began here, with its author's URI in `conversation_author_uri`.

    For a boost `boost_of_uri` and `boost_of_author_uri` are set and there is no content. `uri` of a boost is its Announce's id.
    """

    id: int
    author_id: int
    uri: str
    url: str
    author_uri: str
    followers_url: str
    following_url: str
    visibility: int
    type: str
    created_at: dt.datetime
    content: str = ""
    source: str = ""
    is_markdown: bool = False
    title: str = ""
    content_warning: str = ""
    is_sensitive: bool = False
    language: str | None = None
    in_reply_to_uri: str = ""
    in_reply_to_author_uri: str = ""
    conversation_id: int | None = None
    conversation_author_uri: str = ""
    context_uri: str = ""  # the collection of the thread's posts, if it began here with a public post
    edited_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None
    boost_of_uri: str = ""
    boost_of_author_uri: str = ""
    question: dict[str, Any] | None = None
    emojis: tuple[dict[str, str], ...] = ()
    mentions: tuple[MentionForDelivery, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()  # (normal form, as written)
    attachments: tuple[AttachmentForDelivery, ...] = ()
    replies: tuple[str, ...] = ()  # the first public replies
    replies_after: int | None = 0  # the id after which further replies follow; None: there are none
    replies_count: int = 0
    boosts_count: int = 0
    likes_count: int = 0
    approval_uri: str = ""  # of a reply or boost that needed the approval of the other post's author
    quote_uri: str = ""
    quote_url: str = ""  # the quoted post's page, if known
    quote_author_uri: str = ""
    quote_state: str = ""
    quote_approval_uri: str = ""
    quote_policy: int = 0
    reply_policy: int = 1
    like_policy: int = 1
    boost_policy: int = 1
    shown_to_host: str = ""  # of a limited post: the server that receives this document

    @property
    def addressed(self) -> list[str]:
        """The URIs of the actors that the document addresses. Of a limited post's audience, only those on the receiving server."""
        is_limited = self.visibility == Visibility.limited
        return [
            one.uri
            for one in self.mentions
            if not (is_limited and one.is_silent) or host_of(one.uri) == self.shown_to_host
        ]

    @property
    def base_url(self) -> str:
        parts = urlsplit(self.author_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_boost(self) -> bool:
        return bool(self.boost_of_uri)
