"""Posts and their parts as values: the results of the queries beside, for pages and the API."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from activities.posts.links import without_links
from core.media.locations import url_of
from core.texts.html_tags import unescape
from federation.documents import host_of
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from federation.policies import Effect
from federation.policies.domains import effects_now, has_policies
from users.collections.queries import CollectionView
from users.identities.queries.profiles import CustomEmoji, Profile

_FRAMED = re.compile(r'<iframe src="(https://[^"]+)"')


class CaptionsView(msgspec.Struct, frozen=True):
    """The address of captions of a video or audio file (WebVTT). `language` is a code, or "" if it is unknown."""

    language: str
    url: str


class AttachmentView(msgspec.Struct, frozen=True):
    id: int
    kind: str
    media_type: str
    url: str
    preview_url: str
    description: str
    blurhash: str
    width: int | None
    height: int | None
    focus_x: float
    focus_y: float
    preview_width: int | None = None
    preview_height: int | None = None
    duration: float | None = None
    frame_rate: float | None = None
    bitrate: int | None = None
    captions: list[CaptionsView] = []
    peaks: str = ""  # how loud a sound is, a digit of base 36 for each part of it


ATTACHMENT_JSON = """json_build_object('id', t.id, 'kind', t.kind, 'media_type', t.media_type, 'url', t.url,
    'preview_url', t.preview_url, 'description', t.description, 'blurhash', t.blurhash, 'width', t.width,
    'height', t.height, 'focus_x', t.focus_x, 'focus_y', t.focus_y, 'preview_width', t.preview_width,
    'preview_height', t.preview_height, 'duration', t.duration, 'frame_rate', t.frame_rate, 'bitrate', t.bitrate,
    'captions', t.captions, 'peaks', t.peaks)"""
"""SQL for an AttachmentView as JSON, from the attachment `t`."""


class MentionView(msgspec.Struct, frozen=True):
    id: int
    username: str
    host: str
    uri: str
    url: str
    is_local: bool


class TagView(msgspec.Struct, frozen=True, array_like=True):
    name: str
    display_name: str


class ReactionView(msgspec.Struct, frozen=True, array_like=True):
    """An emoji used in reactions. `host` is the server of a custom emoji, empty for ours.

    Remote custom emoji have a `url`, ours the names of files; neither if the picture is unknown now.
    """

    name: str
    host: str
    count: int
    is_mine: bool
    url: str = ""
    file: str = ""
    static_file: str = ""

    @property
    def is_custom(self) -> bool:
        return self.name.isascii()

    @property
    def full_name(self) -> str:
        """Return the name that the API uses: the emoji, `shortcode` or `shortcode@host`."""
        return f"{self.name}@{self.host}" if self.host else self.name

    def picture(self, base_url: str) -> str:
        """Return the URL of its picture, empty if there is none."""
        return (
            url_of(self.file, base_url)
            if self.file
            else proxied_url(self.url, RemoteFileKind.emoji, base_url, owner=f"https://{self.host}/")
        )

    def static_picture(self, base_url: str) -> str:
        """Return the URL of its still picture."""
        if self.file:
            return url_of(self.static_file or self.file, base_url)
        return proxied_url(self.url, RemoteFileKind.still, base_url, owner=f"https://{self.host}/")


class QuestionOption(msgspec.Struct, frozen=True):
    title: str
    votes: int = 0


class QuestionView(msgspec.Struct, frozen=True):
    """A poll. `ends_at` and `closed_at` are ISO 8601 in UTC."""

    options: list[QuestionOption]
    multiple: bool = False
    ends_at: str | None = None
    closed_at: str | None = None
    voters: int | None = None
    hides_totals: bool = False


class FactsView(msgspec.Struct, frozen=True):
    """Metadata of a remote article, event or review. `preview` is sanitised HTML, shown in place of a long text; `zone` an unchecked IANA name."""

    preview: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    zone: str = ""
    place: str = ""
    online_url: str = ""
    is_cancelled: bool = False
    rating: float = 0  # of five stars, 0 for none


class CardView(msgspec.Struct, frozen=True):
    """The metadata of a linked page; see previews/models.py."""

    url: str
    type: str
    title: str
    description: str
    language: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    embed_url: str
    width: int
    height: int
    image_url: str
    image_description: str
    published_at: str | None
    id: int = 0
    post_id: int | None = None  # the post of this page, if known
    post_handle: str | None = None  # its author's
    creator_id: int | None = None  # the author named by the page
    is_attributed: bool = False  # with the author's consent
    author: Profile | None = None  # the attributed author, set right after the card was read

    @property
    def player_url(self) -> str:
        """The https URL of the player framed by its HTML; empty if there is none."""
        found = _FRAMED.match(self.html) if self.type == "video" else None
        return unescape(found[1]) if found else ""

    @property
    def player_shape(self) -> tuple[int, int]:
        """Width and height of the player; 16:9 if unknown."""
        return (self.width, self.height) if self.width and self.height else (16, 9)


def creators_of(cards: Iterable[CardView | None]) -> set[int]:
    """Return the ids of the cards' authors who consented to attribution."""
    return {card.creator_id for card in cards if card and card.is_attributed and card.creator_id}


def with_author(card: CardView, known: Mapping[int, Profile]) -> CardView:
    """Return a card with the profile of its author, if they are not suspended and allow attribution by its site."""
    author = known.get(card.creator_id or 0) if card.is_attributed else None
    if author is None or author.is_suspended or author.is_deleted:
        return card
    return msgspec.structs.replace(card, author=author)


class CircleView(msgspec.Struct, array_like=True, frozen=True):
    """The circle that a limited post was written to. Only loaded for its author."""

    id: int
    title: str


class WriterView(msgspec.Struct, array_like=True, frozen=True):
    """The login that wrote a post of a shared identity. Only loaded for those who share it.

    `label` is how they know it: "" for the first owner, None if it has no access any more.
    """

    user_id: int
    label: str | None


class PostView(msgspec.Struct):
    """A post or a boost, for one viewer. Flags of a boost are its own row's; those of its original are in `boost_of`.

    `rank` is the sort key of its list: the post's id, or the like's in a list of likes.
    """

    rank: int | None
    id: int
    author_id: int
    uri: str
    url: str
    is_local: bool
    visibility: int
    type: str
    boost_of_id: int | None
    in_reply_to_id: int | None
    in_reply_to_uri: str
    in_reply_to_author_id: int | None
    conversation_id: int | None
    title: str
    content: str
    source: str
    is_markdown: bool
    content_warning: str
    is_sensitive: bool
    language: str | None
    application: str
    application_website: str
    created_at: dt.datetime
    edited_at: dt.datetime | None
    replies_count: int
    boosts_count: int
    likes_count: int
    quotes_count: int
    quote_of_id: int | None
    quote_uri: str
    quote_state: str
    is_held: bool  # awaits approval, or was refused
    is_refused: bool  # was refused
    quote_policy: int
    reply_policy: int
    like_policy: int
    boost_policy: int
    is_liked: bool
    is_boosted: bool
    is_bookmarked: bool
    is_thread_muted: bool
    own_votes: list[int] | None
    follows_author: bool  # loaded only if a policy of the post depends on it
    is_followed_by_author: bool
    circle: CircleView | None
    writer: WriterView | None
    is_pinned: bool
    is_locked: bool  # by moderators of its group: nobody can reply
    emojis: list[CustomEmoji]
    question: QuestionView | None
    facts: FactsView | None
    attachments: list[AttachmentView]
    mentions: list[MentionView]
    tags: list[TagView]
    reactions: list[ReactionView]
    card: CardView | None
    author: Profile = None  # type: ignore[assignment]  # set right after the row was read
    boost_of: "PostView | None" = None
    quote: "PostView | None" = None  # the quoted post, if it is allowed and visible
    collections: list[CollectionView] = []  # collections that the text links to
    quote_hide_reason: str = (
        ""  # why the quoted author is hidden from the viewer: a state of the API's quotes
    )
    filtered: tuple[str, ...] = ()  # titles of the viewer's filters that match (activities/filters)
    is_boost_kept: bool = (
        False  # somebody else of a shared identity boosted it, whose boost an author can't remove
    )
    is_blurred: bool = False  # a filter requests hiding its media
    other_boosters: tuple[Profile, ...] = ()  # of the same post, for a page that shows it once

    @property
    def shown(self) -> "PostView":
        """The post whose text is shown: a boost's original, or the post itself."""
        return self.boost_of or self

    @property
    def shows_quote(self) -> bool:
        """True if it quotes a known post, with its author's approval."""
        return self.quote_of_id is not None and self.quote_state == "accepted"

    @property
    def shows_card(self) -> bool:
        """True when the card of its link is shown in pages: not beside media, unless they are pictures and it can be played (Owncast)."""
        if self.card is None:
            return False
        return not self.attachments or (
            bool(self.card.player_url) and all(one.kind == "image" for one in self.attachments)
        )


def as_shown_on(post: PostView, domain_id: int) -> PostView:
    """Return a post, with its original and its quote, as the policies of a domain change it for its readers. Its author must be known."""
    changed: dict[str, Any] = {}
    for name in ("boost_of", "quote"):
        part = getattr(post, name)
        if part is not None and (shown := as_shown_on(part, domain_id)) is not part:
            changed[name] = shown
    changed |= changes_on(post, domain_id)
    return msgspec.structs.replace(post, **changed) if changed else post


def changes_on(post: PostView, domain_id: int) -> dict[str, Any]:
    """Return the fields of a remote post that the policies of a domain for its author's host change."""
    if post.is_local or not has_policies(domain_id):
        return {}
    effects = effects_now(host_of(post.author.uri), domain_id)
    changed: dict[str, Any] = {}
    if Effect.force_sensitive in effects:
        changed["is_sensitive"] = True
    if Effect.strip_links in effects:
        people, tags = (
            [at for one in post.mentions for at in (one.uri, one.url)],
            [tag.name for tag in post.tags],
        )
        text = without_links(post.content, host=host_of(post.author.uri), people=people, tags=tags)
        changed |= {"content": text, "card": None}
    return changed
