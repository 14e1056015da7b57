"""Custom emoji in posts and profiles. No queries: posts and profiles contain the addresses of their emoji."""

from collections.abc import Sequence
from typing import Protocol

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from activities.posts.queries.views import ReactionView
from core.texts.emojis import replace_shortcodes
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.identities.queries.profiles import CustomEmoji

register = template.Library()


class Picture(Protocol):
    """An emoji with its addresses; `static_url` may be empty."""

    @property
    def shortcode(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def static_url(self) -> str: ...


@register.simple_tag
def emoji_picture(emoji: Picture) -> SafeString:
    """Return an emoji as a picture, still for readers who prefer reduced motion; its shortcode if operators refuse it."""
    owner = getattr(emoji, "owner", "")  # of those in posts and profiles
    url = proxied_url(emoji.url, RemoteFileKind.emoji, owner=owner)
    if not url:
        return escape(f":{emoji.shortcode}:")
    still = proxied_url(emoji.static_url or emoji.url, RemoteFileKind.still, owner=owner)
    picture = format_html(
        '<img class="emoji" src="{}" alt=":{}:" title=":{}:" loading="lazy" decoding="async" draggable="false">',
        url,
        emoji.shortcode,
        emoji.shortcode,
    )
    if still in {url, ""}:
        return picture
    return format_html(
        '<picture><source media="(prefers-reduced-motion: reduce)" srcset="{}">{}</picture>',
        still,
        picture,
    )


@register.simple_tag
def reaction_picture(reaction: ReactionView) -> SafeString:
    """Return the emoji of a reaction; its shortcode if its picture is unknown now."""
    url = reaction.picture("")
    if not url:
        return escape(f":{reaction.name}:" if reaction.is_custom else reaction.name)
    return emoji_picture(CustomEmoji(reaction.full_name, url, reaction.static_picture("")))


@register.simple_tag
def quick_emojis(reactions: Sequence[ReactionView]) -> list[str]:
    """Return emoji for quick reactions, without those already shown with their count."""
    present = {one.name for one in reactions}
    return [emoji for emoji in ("👍", "❤️", "😂", "😮", "😢", "🎉") if emoji not in present]


@register.simple_tag
def emoji_html(html: str, emojis: Sequence[Picture]) -> SafeString:
    """Return stored, sanitised HTML with the shortcodes of these emoji replaced by pictures."""
    if not emojis:
        return mark_safe(html)  # noqa: S308  # core.texts.html.sanitise on the way in
    pictures = {one.shortcode: emoji_picture(one) for one in emojis if f":{one.shortcode}:" in html}
    return mark_safe(replace_shortcodes(html, pictures))  # noqa: S308  # as above; what is put in is escaped


@register.simple_tag
def emoji_text(text: str, emojis: Sequence[Picture]) -> SafeString:
    """Return plain text as HTML with the shortcodes of these emoji replaced by pictures."""
    return emoji_html(escape(text), emojis)
