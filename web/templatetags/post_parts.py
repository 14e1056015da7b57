"""Template filters for polls, quotes, cards and files of posts. No queries: everything is loaded before."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.posts.facts import stars as in_words
from activities.posts.models import Interaction, QuoteState, Visibility
from activities.posts.queries.permissions import permission_in_view
from activities.posts.queries.revisions import RevisionView
from activities.posts.queries.views import AttachmentView, CardView, PostView, QuestionView
from core import clock
from core.numbers import Number
from core.pages.addresses import path_to
from core.texts.language_names import LANGUAGE_NAMES
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from federation.peers import host_of, is_media_shown
from users.identities.models import Identity
from users.identities.queries.profiles import Profile
from web.templatetags.emojis import emoji_html, emoji_text
from web.templatetags.takahe import plain

register = template.Library()


class OptionShown(NamedTuple):
    """One option. `votes` and `percent` are None while the totals are hidden; `total` is the value of a full bar, at least one."""

    place: int
    title: str
    votes: int | None
    percent: int | None
    total: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class PollShown:
    """A poll for one viewer. `count` is the number of participants in words, with those after a vote of the viewer for scripts; `ends_at` when it
    ends or has ended.
    """

    options: list[OptionShown]
    multiple: bool
    is_over: bool
    may_vote: bool
    hides_totals: bool
    count: str
    ends_at: dt.datetime | None


@register.simple_tag
def poll_of(post: PostView, viewer: Identity | None) -> PollShown:
    """Return the poll of a post. Authors can't vote; nobody can vote twice; hidden totals are shown at the end."""
    question = post.question
    assert question is not None
    ends_at = _end_of(question)
    is_over = bool(question.closed_at) or (ends_at is not None and ends_at <= clock.now())
    own = post.own_votes or []
    may_vote = viewer is not None and viewer.pk != post.author_id and not is_over and not own
    hides = question.hides_totals and not is_over
    total = _whole(question)
    return PollShown(
        options=[
            OptionShown(
                place=place,
                title=option.title,
                votes=None if hides else option.votes,
                percent=None if hides else round(100 * option.votes / total),
                total=total,
                is_own=place in own,
            )
            for place, option in enumerate(question.options)
        ],
        multiple=question.multiple,
        is_over=is_over,
        may_vote=may_vote,
        hides_totals=hides,
        count=_count_that_grows(question) if may_vote else _count(question),
        ends_at=ends_at,
    )


def _end_of(question: QuestionView) -> dt.datetime | None:
    moment = question.closed_at or question.ends_at
    return dt.datetime.fromisoformat(moment) if moment else None


def _whole(question: QuestionView) -> int:
    """Return the base of percentages: voters if multiple choices are allowed, else votes; at least any option's count."""
    votes = [option.votes for option in question.options]
    whole = (question.voters or 0) if question.multiple else sum(votes)
    return max(1, whole, *votes)


def _count(question: QuestionView, more: int = 0) -> str:
    """Return in words how many people took part, or how many votes there are, with so many more."""
    if question.multiple and question.voters is not None:
        voters = question.voters + more
        return ngettext("{count} person", "{count} people", voters).format(count=Number(voters))
    votes = sum(option.votes for option in question.options) + more
    return ngettext("{count} vote", "{count} votes", votes).format(count=Number(votes))


def _count_that_grows(question: QuestionView) -> str:
    """Return `_count`, with what it is after one more vote (static/js/reading/pressing.js)."""
    if question.multiple and question.voters is None:
        return _count(question)  # each choice counts
    return format_html('<span data-then="{}">{}</span>', _count(question, 1), _count(question))


_MISSING = {
    QuoteState.pending: gettext_lazy("The quoted post will appear once its author approves it."),
    QuoteState.rejected: gettext_lazy("The author of the quoted post did not allow this quote."),
    QuoteState.revoked: gettext_lazy("The author of the quoted post withdrew it from this quote."),
    QuoteState.deleted: gettext_lazy("The quoted post was deleted."),
}
_UNWANTED = gettext_lazy("The quoted post is by someone you have muted or blocked.")
_UNSEEN = gettext_lazy("You can't see the quoted post.")


@register.simple_tag
def quote_missing(post: PostView) -> str:
    """Return why a quoted post is not shown."""
    if post.quote_hide_reason:
        return _UNWANTED
    if post.quote_state == QuoteState.accepted:
        return _MISSING[QuoteState.deleted] if post.quote_of_id is None else _UNSEEN
    return _MISSING.get(QuoteState(post.quote_state or QuoteState.pending), _UNSEEN)


@register.filter
def quotable_by(post: PostView, viewer: Identity | None) -> bool:
    """Return whether the viewer may quote a post, at once or after approval. As in services/quotes.py."""
    if viewer is None:
        return False
    if post.author_id == viewer.pk:
        return post.visibility not in _NAMED
    return permission_in_view(Interaction.quote, post, viewer) in {"automatic", "manual"}


@register.simple_tag
def quote_refusal(post: PostView, viewer: Identity | None) -> str:
    """Return why the viewer may not quote a post; empty if they may."""
    if quotable_by(post, viewer):
        return ""
    if post.visibility > Visibility.unlisted:
        return _("Only public posts can be quoted")
    return _("The author doesn't let you quote")


@register.filter
def approves_quote_by(post: PostView, viewer: Identity | None) -> bool:
    """Return whether the author has to approve the viewer's quote of a post."""
    is_others = viewer is not None and viewer.pk != post.author_id
    return is_others and permission_in_view(Interaction.quote, post, viewer) == "manual"


_NAMED = {Visibility.mentioned, Visibility.limited}  # shown to those only whom they name or were written to
_KINDS = {
    "image": gettext_lazy("Picture"),
    "gifv": gettext_lazy("Animation"),
    "video": gettext_lazy("Video"),
    "audio": gettext_lazy("Audio"),
}


@register.filter
def kind_name(kind: str) -> str:
    """Return the name of a kind of file, shown if it has neither preview nor description."""
    return _KINDS.get(kind, gettext_lazy("File"))


@register.filter
def pinnable(post: PostView) -> bool:
    """Return whether a post's author may pin it to their profile, as in services/interactions.py."""
    return post.visibility not in _NAMED


_EXCERPT = 180  # characters: two or three lines
_QUOTE_LINE = '<p class="quote-inline">'  # for servers that don't know quotes


@register.filter
def excerpt(post: PostView | RevisionView) -> SafeString:
    """Return the beginning of a post or a version, or its content warning, with custom emoji; nothing for a post without text."""
    content = post.content
    if content.startswith(_QUOTE_LINE):
        content = content.partition("</p>")[2]
    words = Truncator(plain(post.content_warning or content)).chars(_EXCERPT)
    return emoji_text(words, post.emojis)


@register.filter
def preview_html(post: PostView) -> SafeString:
    """Return the beginning of a long text: sanitised when it was stored, with custom emoji inserted here."""
    return emoji_html(post.facts.preview if post.facts else "", post.emojis)


@register.filter
def stars(rating: float) -> SafeString:
    """Return a rating as stars, with a text for screen readers."""
    full = round(rating)
    return format_html(
        '<span role="img" aria-label="{}">{}</span>', in_words(rating), "★" * full + "☆" * (5 - full)
    )


@register.filter
def host(url: str) -> str:
    """Return the host of a URL for display, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


@register.simple_tag
def media_url(url: str, author: Profile | Identity) -> str:
    """Return the URL of a post's file for pages."""
    return proxied_url(url, RemoteFileKind.attachment, owner=author.uri)


@register.simple_tag
def player_of(card: CardView, post: PostView | str, trends: object) -> str:
    """Return the page that plays the video or audio of a post's card, or of a trending one; "" if it can't be played."""
    if not card.player_url:
        return ""
    if trends:
        return path_to("player-of-link", card_id=card.id)
    return path_to("player", post_id=post.id) if isinstance(post, PostView) and post.id else ""


class Track(NamedTuple):
    """Captions as loaded by a player on a page."""

    address: str
    language: str
    label: str


@register.simple_tag
def tracks_of(item: AttachmentView, post: PostView, viewer: Identity | None) -> list[Track]:
    """Return the captions of a video or audio file, at our own addresses. Remote ones are fetched only for signed-in readers."""
    if not post.is_local and viewer is None:
        return []
    return [
        Track(
            urlsplit(one.url).path
            if post.is_local
            else path_to("captions-remote", post_id=post.id, attachment_id=item.id, number=number),
            one.language,
            language_name(one.language),
        )
        for number, one in enumerate(item.captions)
    ]


@register.simple_tag
def waveform(peaks: str) -> SafeString:
    """Return a drawing of a sound's volume over time, as a single path with a line for each part."""
    heights = [max(2, int(digit, 36)) for digit in peaks if digit.isalnum() and digit.isascii()]
    lines = "".join(
        f"M{2 * place + 1} {(36 - height) / 2:g}v{height}" for place, height in enumerate(heights)
    )
    return format_html(
        '<svg class="wave" viewBox="0 0 {} 36" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>',
        2 * len(heights),
        lines,
    )


@register.filter
def language_name(code: str) -> str:
    """Return a language's own name, or a label for captions in an unknown language."""
    return LANGUAGE_NAMES[code][1] if code in LANGUAGE_NAMES else _("Captions")


@register.simple_tag
def languages_of_captions() -> list[tuple[str, str]]:
    """Return code and own name of all languages."""
    names = ((code, own_name) for code, (_english, own_name) in LANGUAGE_NAMES.items())
    return sorted(names, key=lambda pair: pair[1].casefold())


@register.simple_tag
def refused_host(post: PostView) -> str:
    """Return the host whose files in this post operators refuse, "" if they are shown."""
    host = host_of(post.author.uri)
    return "" if post.is_local or is_media_shown(host) else host


_STEPS = 10  # of the classes in static/css/site/post_parts.css: the security policy forbids inline styles


@register.simple_tag
def crop_class(item: AttachmentView) -> str:
    """Return the classes that keep a picture's focal point visible when it is cropped; "" for the middle.

    `focus_x` goes from -1 on the left to 1 on the right, `focus_y` from -1 at the bottom to 1 at the top.
    """
    across, down = (_step(item.focus_x), _step(-item.focus_y))
    return "" if across == down == _STEPS // 2 else f"cropped fx-{across} fy-{down}"


@register.filter
def has_narrow_preview(item: AttachmentView) -> bool:
    """Return whether a picture is so much higher than wide that its preview, which fits into a square, would be blurred."""
    return bool(item.width and item.height and item.height > 3 * item.width)


@register.filter
def media_shape(files: Sequence[AttachmentView]) -> str:
    """Return the class of a grid of one or two pictures: "tall" for one higher than 4:5, "tall" or "wide" if two of them agree, else ""."""
    if len(files) > 2 or any(one.kind != "image" or not one.width or not one.height for one in files):
        return ""
    ratios = [(one.width or 1) / (one.height or 1) for one in files]
    if all(ratio < (0.8 if len(files) == 1 else 0.9) for ratio in ratios):
        return " tall"
    return " wide" if len(files) == 2 and all(ratio > 1.2 for ratio in ratios) else ""


def _step(focus: float) -> int:
    return round((min(1.0, max(-1.0, focus)) + 1) / 2 * _STEPS)


@register.simple_tag
def banner_url(person: Profile) -> str:
    """Return the URL of a profile's header for pages."""
    return proxied_url(person.image_url, RemoteFileKind.header, owner=person.uri)


@register.filter
def card_picture(card: CardView) -> str:
    """Return the URL of a preview card's picture for pages."""
    return proxied_url(card.image_url, RemoteFileKind.card)


@register.filter
def is_web(url: str) -> bool:
    """Return whether a URL can be a link or a picture."""
    return urlsplit(url).scheme in {"http", "https"}


FOCUS_POINTS = {
    "0,0": gettext_lazy("Middle"),
    "0,0.7": gettext_lazy("Top"),
    "0,-0.7": gettext_lazy("Bottom"),
    "-0.7,0": gettext_lazy("Left"),
    "0.7,0": gettext_lazy("Right"),
    "-0.7,0.7": gettext_lazy("Top left"),
    "0.7,0.7": gettext_lazy("Top right"),
    "-0.7,-0.7": gettext_lazy("Bottom left"),
    "0.7,-0.7": gettext_lazy("Bottom right"),
}


@register.filter
def focus_choices(item: AttachmentView) -> list[tuple[str, str, bool]]:
    """Return value, label and whether it is selected for each focal point of a picture."""
    chosen = f"{item.focus_x or 0:g},{item.focus_y or 0:g}"
    points = (
        FOCUS_POINTS
        if chosen in FOCUS_POINTS
        else FOCUS_POINTS | {chosen: gettext_lazy("Chosen in the picture")}
    )
    return [(value, words, value == chosen) for value, words in points.items()]
