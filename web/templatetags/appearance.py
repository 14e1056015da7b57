"""Template tags that make a page look as its reader chose: on `<html>`, so that nothing flashes, and without scripts."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, pgettext

from core.languages import html_language
from users.logins.models import TextSize, Theme, User

register = template.Library()


@register.filter
def has_chosen_appearance(user: User | None) -> bool:
    """Return whether a reader wants pages to look otherwise than they do by themselves."""
    if not user:
        return False
    return (user.theme, user.text_size, user.is_compact) != (Theme.system, TextSize.normal, False)


@register.simple_tag
def appearance(user: User | None) -> SafeString:
    """Write the attributes of `<html>` for a reader; none for a visitor."""
    if not user or not has_chosen_appearance(user):
        return SafeString("")
    return format_html(
        'data-theme="{}" data-text="{}" data-density="{}"',
        user.theme,
        user.text_size,
        "compact" if user.is_compact else "comfortable",
    )


@register.simple_tag
def language_of_page() -> SafeString:
    """Write the language of the page as attributes of `<html>`, and its direction unless it runs from left to right."""
    direction = SafeString(' dir="rtl"') if get_language_bidi() else ""
    return format_html('lang="{}"{}', html_language(), direction)


@register.filter
def color_schemes(user: User | None) -> str:
    """Return the schemes of a page for its `color-scheme`, which colours it before its style sheets are there."""
    return user.theme if user and user.theme in {Theme.light, Theme.dark} else "light dark"


@register.simple_tag
def show_and_hide() -> SafeString:
    """Write the words with which a warning is opened and closed: the style sheet takes them from its `<summary>`."""
    return format_html('data-show="{}" data-hide="{}"', pgettext("verb", "Show"), pgettext("verb", "Hide"))
