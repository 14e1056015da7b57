"""Template tags that apply the reader's and the domain's appearance settings to a page (on `<html>`, to avoid flashing, and without scripts)."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, pgettext

from core.asgi.request import Request
from core.languages import html_language
from core.media.limits import BANNER_SIZE
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.domains.queries import accent_of
from users.identities.models import Identity
from users.logins.models import TextSize, Theme, User
from web.frame.colors import tint_class
from web.frame.pictures import picture_url, type_of
from web.templatetags.takahe import bird, icon_version
from web.templatetags.urls import url

register = template.Library()


@register.filter
def has_chosen_appearance(user: User | None) -> bool:
    """Return whether a reader has changed any appearance setting."""
    if not user:
        return False
    return (user.theme, user.text_size, user.is_compact) != (Theme.system, TextSize.normal, False)


@register.simple_tag
def appearance(user: User | None) -> SafeString:
    """Write the attributes of `<html>` for a reader; none for an anonymous visitor."""
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
    """Write the language of the page as attributes of `<html>`, and its direction unless it is left to right."""
    direction = SafeString(' dir="rtl"') if get_language_bidi() else ""
    return format_html('lang="{}"{}', html_language(), direction)


@register.filter
def color_schemes(user: User | None) -> str:
    """Return the value of the page's `color-scheme`, which applies before its style sheets are loaded."""
    return user.theme if user and user.theme in {Theme.light, Theme.dark} else "light dark"


@register.filter
def tint(identity: Identity) -> str:
    """Return the class of what has the colours of an identity's own domain (tints.css)."""
    return tint_class(accent_of(identity.domain_id))


@register.filter
def foreign_selves(request: Request) -> list[Identity]:
    """Return the identity in use, in a list, if it belongs to another domain than the page."""
    own = request.domain.pk if request.domain else None
    return [request.identity] if request.identity and request.identity.domain_id != own else []


@register.simple_tag
def tints(identities: Sequence[Identity]) -> SafeString:
    """Write the link to the style sheet with the colours of the identities' domains; nothing if none has any."""
    colors = {name.removeprefix("of-") for identity in identities if (name := tint(identity))}
    if not colors:
        return SafeString("")
    query = urlencode([("of", color) for color in sorted(colors)])
    return format_html('<link rel="stylesheet" href="{}?{}">', path_to("tints"), query)


# Where the domain's own style sheet is used: pages for reading. Whoever signs in, agrees to something, or works as staff sees a page that
# nobody has painted.
_STYLED = frozenset(
    [
        "front",
        "home",
        "local",
        "federated",
        "tag",
        "explore",
        "explore-hashtags",
        "explore-news",
        "explore-people",
        "list",
        "collection",
        "lists",
        "collections",
        "bookmarks",
        "likes",
        "notifications",
        "profile",
        "profile-tab",
        "profile-tagged",
        "post",
        "followers",
        "following",
        "about",
        "privacy-policy",
        "terms-of-service",
    ]
)


@register.simple_tag
def own_style(request: Request) -> SafeString:
    """Write the link to the domain's own style sheet. None for readers who want contrast, and with `?plain`."""
    domain, page = request.domain, request.resolver_match
    if domain is None or not domain.style_version or page is None or page.url_name not in _STYLED:
        return SafeString("")
    if "plain" in request.GET or (request.user and request.user.theme == Theme.contrast):
        return SafeString("")
    return format_html(
        '<link rel="stylesheet" href="{}?{}" media="not all and (prefers-contrast: more)">',
        path_to("style"),
        domain.style_version,
    )


@register.simple_tag
def show_and_hide() -> SafeString:
    """Write the labels with which a warning is opened and closed: the style sheet reads them from its `<summary>`."""
    return format_html('data-show="{}" data-hide="{}"', pgettext("verb", "Show"), pgettext("verb", "Hide"))


@register.simple_tag
def domain_mark(domain: Domain | None) -> SafeString:
    """Return the picture before the domain's title: its logo, its icon, else the takahē. Hidden from screen readers, which read the title."""
    name = (domain.logo_file or domain.icon_file) if domain is not None else ""
    if domain is None or not name:
        return format_html('<span class="mark" aria-hidden="true">{}</span>', bird("standing"))
    return format_html('<img class="logo" src="{}" alt="">', picture_url(domain, name))


@register.simple_tag
def domain_banner(domain: Domain | None) -> SafeString:
    """Return the domain's banner, if it has one. It is decorative: the text is next to it."""
    if domain is None or not domain.banner_file:
        return SafeString("")
    width, height = BANNER_SIZE
    return format_html(
        '<img class="banner" src="{}" width="{}" height="{}" alt="">',
        picture_url(domain, domain.banner_file),
        width,
        height,
    )


@register.simple_tag
def icon_links(domain: Domain) -> SafeString:
    """Return the links to the icon of the domain for tabs and home screens."""
    if domain.icon_file:
        own = picture_url(domain, domain.icon_file)
        kind = type_of(domain.icon_file)
        return format_html(
            '<link rel="icon" href="{}" type="{}"><link rel="apple-touch-icon" href="{}">', own, kind, own
        )
    version = icon_version(domain)
    return format_html(
        '<link rel="icon" href="{}?{}" type="image/svg+xml"><link rel="apple-touch-icon" href="{}?{}">',
        url("icon-svg"),
        version,
        url("icon-png", size="180"),
        version,
    )
