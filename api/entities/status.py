"""Status and its parts: docs.joinmastodon.org/entities/Status"""

from collections.abc import Iterable
from html import escape
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.posts.facts import fact_lines
from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from api.entities.account import Account, account
from api.entities.collection import Collection, collection
from api.entities.custom_emoji import CustomEmoji, custom_emojis
from api.entities.filter_result import FilterResult, filter_results
from api.entities.interaction_policy import StatusInteractionPolicy, interaction_policy
from api.entities.media_attachment import MediaAttachment, media_attachment
from api.entities.poll import Poll, poll
from api.entities.preview_card import PreviewCard, preview_card
from api.entities.quote_approval import NEVER, QuoteApproval, quote_approval
from api.entities.reaction import NO_REACTIONS, PleromaStatus, Reaction, emoji_reactions, reactions
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint
from api.entities.visibility import TO_API, StatusVisibility
from core.hosts.names import shown_host
from core.texts import tag_path
from core.texts.languages import normal_language
from users.logins.access import speaker


class StatusApplication(msgspec.Struct):
    name: str
    website: str | None = None


class StatusWriter(msgspec.Struct):
    """The login that wrote a status, if several share the account. `name` is how the others know it: null for the first owner, or after it left."""

    name: str | None
    me: bool


QuoteStateName = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]


class StatusMention(msgspec.Struct):
    id: str
    username: str
    url: str
    acct: str


class StatusTag(msgspec.Struct):
    name: str
    url: str


class Status(msgspec.Struct, kw_only=True):
    """A status. The viewer's flags and `filtered` are absent without a viewer; `text` is only in the response to a delete."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: StatusVisibility
    local_only: bool = False  # as in glitch-soc, Hometown and GoToSocial
    visibility_ex: Literal["limited"] | UnsetType = UNSET  # as in kmyblue, of a post to a circle
    circle_id: str | UnsetType = UNSET  # of a post to a circle of the viewer
    language: str | None
    uri: str
    url: str | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int = 0
    edited_at: str | None
    content: str
    text: str | UnsetType = UNSET
    reblog: "Status | None" = None
    application: StatusApplication | UnsetType = UNSET
    written_by: StatusWriter | UnsetType = UNSET  # ours, for those who share the account
    account: Account
    media_attachments: list[MediaAttachment] = []
    mentions: list[StatusMention] = []
    tags: list[StatusTag] = []
    emojis: list[CustomEmoji] = []
    reactions: list[Reaction] = []  # as in glitch-soc
    pleroma: PleromaStatus = NO_REACTIONS
    card: PreviewCard | None = None
    poll: Poll | None = None
    quote: "Quote | None" = None
    quote_approval: QuoteApproval = NEVER
    interaction_policy: StatusInteractionPolicy  # as in GoToSocial
    tagged_collections: list[Collection] = []
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET


class Quote(msgspec.Struct):
    """A quote: docs.joinmastodon.org/entities/Quote; in a quoted status …/ShallowQuote, which only has the id."""

    state: QuoteStateName
    quoted_status: Status | UnsetType | None = UNSET
    quoted_status_id: str | UnsetType | None = UNSET


Accounts = dict[int, Account]


def statuses(posts: Iterable[PostView], seen: Viewpoint) -> list[Status]:
    """Render posts for the viewer, each author once."""
    known: Accounts = {}
    return [status(post, seen, known) for post in posts]


def status(
    post: PostView,
    seen: Viewpoint,
    known: Accounts | None = None,
    *,
    is_quoted: bool = False,
) -> Status:
    """Render one post or boost. `known` holds accounts that were rendered already."""
    domain, viewer = seen.domain, seen.viewer
    author = known.get(post.author_id) if known else None
    if author is None:
        author = account(post.author, domain)
        if known is not None:
            known[post.author_id] = author
    original = status(post.boost_of, seen, known) if post.boost_of is not None else None
    shown = Status(
        id=str(post.id),
        created_at=timestamp(post.created_at),
        in_reply_to_id=str(post.in_reply_to_id) if post.in_reply_to_id else None,
        in_reply_to_account_id=str(post.in_reply_to_author_id) if post.in_reply_to_author_id else None,
        sensitive=post.is_sensitive,
        spoiler_text=post.content_warning,
        visibility=TO_API[post.visibility],
        local_only=post.visibility == Visibility.local_only,
        language=normal_language(post.language) if post.language else None,
        uri=post.uri,
        url=post.url or post.uri,
        replies_count=post.replies_count,
        reblogs_count=post.boosts_count,
        favourites_count=post.likes_count,
        quotes_count=post.quotes_count,
        edited_at=timestamp(post.edited_at) if post.edited_at else None,
        content=_content(post),
        account=author,
        reblog=original,
        interaction_policy=interaction_policy(post, viewer),
    )
    _add_parts(shown, post, seen)
    if post.quote_uri:
        shown.quote = _quote(post, seen, known, is_quoted=is_quoted)
    if post.visibility <= Visibility.followers:
        shown.quote_approval = quote_approval(post, viewer)
    if viewer is not None:
        flags = post.boost_of or post  # clients also read those of the boost itself
        shown.favourited = flags.is_liked
        shown.reblogged = flags.is_boosted
        shown.muted = flags.is_thread_muted
        shown.bookmarked = flags.is_bookmarked
        shown.filtered = filter_results(post, seen.filters)
        if post.author_id == viewer.id and original is None:
            shown.pinned = post.is_pinned
    return shown


def _content(post: PostView) -> str:
    """Return the content with properties that the entity lacks: the title, an event's time and place, a rating. For a long article its preview."""
    title = f"<p><strong>{escape(post.title)}</strong></p>" if post.title else ""
    if post.facts is None:
        return f"{title}{post.content}"
    facts = "".join(f"<p>{escape(line)}</p>" for line in fact_lines(post.facts))
    if not post.facts.preview:
        return f"{title}{facts}{post.content}"
    link = escape(post.url or post.uri)
    return f'{title}{facts}{post.facts.preview}<p><a href="{link}" rel="nofollow noopener" target="_blank">{link}</a></p>'


def _quote(post: PostView, seen: Viewpoint, known: Accounts | None, *, is_quoted: bool) -> Quote:
    """Render the quote. A deleted post, or one hidden from the viewer, is omitted; within a quoted post only its id is included."""
    state: QuoteStateName = post.quote_state or "pending"  # type: ignore[assignment]  # the model's choices
    if state == "accepted" and post.quote_of_id is None:
        state = "deleted"
    if is_quoted:
        is_named = state == "accepted" and post.quote_of_id is not None
        return Quote(state, quoted_status_id=str(post.quote_of_id) if is_named else None)
    if state != "accepted":
        return Quote(state, None)
    if post.quote_hide_reason:  # the app explains this, and may show it on request
        state = post.quote_hide_reason  # type: ignore[assignment]  # visibility.hide_reason's words
    elif post.quote is None:
        return Quote("unauthorized", None)
    if post.quote is None:
        return Quote(state, None)
    return Quote(state, status(post.quote, seen, known, is_quoted=True))


def _add_parts(shown: Status, post: PostView, seen: Viewpoint) -> None:
    """Add the parts that most posts lack."""
    domain, viewer = seen.domain, seen.viewer
    if post.visibility == Visibility.limited:
        shown.visibility_ex = "limited"
    if post.circle is not None:
        shown.circle_id = str(post.circle.id)
    if post.collections:
        shown.tagged_collections = [collection(one, domain) for one in post.collections]
    if post.application:
        shown.application = StatusApplication(post.application, post.application_website or None)
    if post.writer is not None and (now := speaker()) is not None:
        shown.written_by = StatusWriter(post.writer.label or None, post.writer.user_id == now.user_id)
    if post.attachments:
        shown.media_attachments = [
            media_attachment(a, is_local=post.is_local, base_url=domain.base_url, owner=post.author.uri)
            for a in post.attachments
        ]
    if post.mentions:
        shown.mentions = [
            StatusMention(
                str(mention.id),
                mention.username,
                mention.url or mention.uri,
                mention.username
                if mention.is_local and mention.host == domain.name
                else f"{mention.username}@{shown_host(mention.host)}",
            )
            for mention in post.mentions
        ]
    if post.tags:
        base = domain.base_url
        shown.tags = [StatusTag(tag.name, base + tag_path(tag.name)) for tag in post.tags]
    if post.emojis:
        shown.emojis = custom_emojis(post.emojis, domain)
    if post.question is not None:
        shown.poll = poll(post, domain, viewer)
    if post.reactions:
        shown.reactions = reactions(post.reactions, domain, viewer)
        shown.pleroma = PleromaStatus(emoji_reactions(post.reactions, domain))
    if post.card is not None:
        shown.card = preview_card(post.card, seen)
