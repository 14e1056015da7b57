"""Template tags and filters for posts and accounts. No queries: everything is loaded before."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.forms import BoundField, Select
from django.middleware.csrf import get_token
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from msgspec import convert

from activities.posts.models import Visibility
from activities.posts.queries.revisions import RevisionView
from activities.posts.queries.views import PostView
from core.numbers import Number, decimal_words, short_words
from core.pages.static_files import assets
from core.texts.html import to_text
from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.queries.profiles import CustomEmoji, Profile, owned
from users.logins.services.mailing import MAX_HANDLES
from web import paths
from web.frame.colors import css_color, ground_of
from web.middleware import ACTING_AS
from web.templatetags.emojis import emoji_html, emoji_text
from web.templatetags.policies import refusal
from web.templatetags.urls import url

register = template.Library()

type Person = Profile | Identity

_ICONS = "i.svg"  # all drawings; its address is 125 times in a page of posts
_HUES = 12  # of initials used as avatars (static/css/site/people.css)


@register.simple_tag
def domain_title(domain: Domain | None) -> str:
    """Return the domain's title; before the set-up the name of the software."""
    return "Takahē" if domain is None else domain.title or domain.name


@register.simple_tag
def bird(pose: str) -> SafeString:
    """Return the takahē of img/birds.svg in a pose: "standing", "looking" or "running"; hidden from screen readers."""
    return format_html(
        '<svg class="bird" aria-hidden="true"><use href="{}#{}"/></svg>', assets().url("img/birds.svg"), pose
    )


@register.simple_tag
def icon_version(domain: Domain) -> str:
    """Return the colour of the domain's icons, without `#`, for the query string of their URLs."""
    return css_color(ground_of(domain.accent_color)).removeprefix("#")


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString:
    """Write Django's token, and the identity for which the form was rendered (web/middleware.py form_identity)."""
    request = context["request"]
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    if request.identity is None:
        return token
    return token + format_html(
        '<input type="hidden" name="{}" value="{}">', ACTING_AS, request.identity.handle
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a drawing of static/i.svg, hidden from screen readers: its meaning is in the text next to it."""
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', assets().url(_ICONS), name)


@register.simple_tag
def icon_in_button(name: str, count: str) -> SafeString:
    """Return a drawing and a number for a button that has its name in `aria-label`: nothing inside is read, so it needs not be hidden.

    Rows have three. There is no number for none.
    """
    drawing = format_html('<svg><use href="{}#{}"/></svg>', assets().url(_ICONS), name)
    return drawing if count in {"", "0"} else drawing + format_html('<span class="number">{}</span>', count)


@register.simple_tag(takes_context=True)
def nav_link(
    context: dict[str, Any],
    page: str,
    icon_name: str,
    label: str,
    *,
    only: str = "",
    count: int = 0,
    badge: str = "",
) -> SafeString:
    """Return a link of the main navigation, to a named page or a URL. `only` = "wide" hides it on phones, "phone" shows it only there.

    `count` is the number of new items, limited to "99+". A `badge` replaces the count.
    """
    href = page if page.startswith("/") else url(page)
    path, own = context["request"].path, urlsplit(href).path
    is_here = path == own or (own in _with_pages_below() and path.startswith(f"{own}/"))
    return format_html(
        '<a class="nav-link{}" href="{}"{}{}>{}<span>{}</span>{}</a>',
        f" {only}-only" if only else "",
        href,
        mark_safe(' aria-current="page"' if is_here else ""),  # noqa: S308  # one of two constants
        format_html(' data-count="{}"', count) if count else "",
        icon(icon_name),
        label,
        format_html('<span class="count">{}</span>', _new(count)) if count else badge,
    )


def _with_pages_below() -> set[str]:
    """Return the entries of the navigation that are also current on the pages below them: a conversation, a list, a tab of Explore."""
    return {url(name) for name in ("settings", "admin", "private-mentions", "explore", "lists", "bookmarks")}


def _new(count: int) -> SafeString:
    return format_html(
        ngettext(
            '<span class="visually-hidden">, </span>{count}<span class="visually-hidden"> new</span>',
            '<span class="visually-hidden">, </span>{count}<span class="visually-hidden"> new</span>',
            count,
        ),
        count="99+" if count > 99 else count,
    )


@register.simple_tag
def avatar(person: Person, size: str = "", of_picture: str = "", *, in_hidden: bool = False) -> SafeString:
    """Return the avatar, or the initial of the name. `of_picture` are additional class names for a picture; `in_hidden` says that it stands
    in what screen readers skip anyway. Only the large picture of a profile is described: the others stand beside the name.
    """
    css = f"avatar {size}".strip()
    url = proxied_url(person.icon_url, RemoteFileKind.avatar, owner=person.uri)
    if url and urlsplit(person.icon_url).scheme in {"http", "https"}:
        return format_html(
            '<img class="{}" src="{}" {} loading="lazy" decoding="async">',
            f"{css} {of_picture}".strip(),
            url,
            format_html('alt="{0}" title="{0}"', person.icon_description)
            if size == "large"
            else SafeString('alt=""'),
        )
    return format_html(
        '<span class="{} hue-{}"{}>{}</span>',
        css,
        zlib.crc32(person.handle.encode()) % _HUES,
        SafeString("" if in_hidden else ' aria-hidden="true"'),
        (person.name or person.username)[:1],
    )


@register.simple_tag
def name(person: Person) -> SafeString:
    """Return the display name with its custom emoji, or the username."""
    if isinstance(person, Identity):
        return emoji_text(
            person.name or person.username, owned(convert(person.emojis, list[CustomEmoji]), person.uri)
        )
    return emoji_text(person.name or person.username, person.emojis)


@register.simple_tag(takes_context=True)
def name_links(context: Context, people: Iterable[Person]) -> SafeString:
    """Return the names of accounts as links to their profiles, separated by commas."""
    links = ((profile_path(context, person), name(person)) for person in people)
    return format_html_join(", ", '<a href="{}"><bdi>{}</bdi></a>', links)


@register.simple_tag
def post_html(post: PostView) -> SafeString:
    """Return a post's content: sanitised when it was stored, with custom emoji inserted here."""
    return emoji_html(post.content, post.emojis)


@register.simple_tag
def revision_html(revision: RevisionView) -> SafeString:
    """Return an earlier version's content, sanitised when it was stored."""
    return emoji_html(revision.content, revision.emojis)


@register.simple_tag(takes_context=True)
def profile_path(context: Context, person: Person) -> str:
    """Return the path of a profile on the viewer's domain."""
    return paths.profile_path(context["request"].domain, person)


@register.simple_tag(takes_context=True)
def short_handle(context: Context, person: Person) -> str:
    """Return `name` for users of the reader's domain, `name@host` for everyone else."""
    return paths.name_on(context["request"].domain, person)


@register.simple_tag(takes_context=True)
def post_path(context: Context, post: PostView) -> str:
    """Return the path of a post on the viewer's domain."""
    return paths.post_path(context["request"].domain, post.author, post.id)


@register.simple_tag(takes_context=True)
def post_page(context: Context, post: PostView, kind: str) -> str:
    """Return the path of a page of a post: its likes, boosts, quotes, or the reader view."""
    handle = paths.name_on(context["request"].domain, post.author)
    return url(f"post-{kind}", handle=handle, post_id=post.id)


@register.filter
def says_optional(field: BoundField) -> bool:
    """Return whether a label contains "(optional)": not if there is always a choice, nor if the page says it for all fields."""
    is_choice = isinstance(field.field.widget, Select)
    return not (field.field.required or is_choice or getattr(field.form, "all_optional", False))


@register.filter
def plain(html: str) -> str:
    """Return the text of sanitised HTML, for previews and titles."""
    return " ".join(to_text(html).split())


@register.filter
def handles_with_others(handles: Sequence[str]) -> str:
    """Return the handles of a login as a mail names them: the first few, and that there are others."""
    shown = ", ".join(f"@{handle}" for handle in handles[:MAX_HANDLES])
    return _("{handles} and others").format(handles=shown) if len(handles) > MAX_HANDLES else shown


@register.filter
def number(count: int) -> Number:
    """Return a number in the format of the page's language: 12,345, or 12.345 in German. `blocktranslate` uses it for the plural, too."""
    return Number(count)


@register.filter
def short(count: int) -> str:
    """Return a short count in the format of the page's language: `7`, `1.2k`, `34k`, `5.6M`; nothing for zero."""
    return short_words(count) if count else ""


_COUNTED = 1000  # where users/moderation/queries/__init__.py and federation/queries.py stop counting


@register.filter
def bounded_count(count: int) -> str:
    """Return a count of pending rows as text; counting stops at a thousand."""
    if count < _COUNTED:
        return str(Number(count))
    return _("{count} or more").format(count=Number(_COUNTED))


_BROWSERS = {"Firefox/": "Firefox", "Edg/": "Edge", "OPR/": "Opera", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@register.filter
def browser_name(user_agent: str) -> str:
    """Return the browser and system, such as `Firefox on Linux`; an unknown browser by the first word of its User-Agent."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or user_agent.partition(" ")[0][:40] or _("Unknown")


@register.filter
def disk_size(count: int) -> str:
    """Return bytes in the units of the settings: `5.0 GB` is 5,000,000,000."""
    for size, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= size:
            return f"{decimal_words(count / size)} {unit}"
    return ngettext("{count} byte", "{count} bytes", count).format(count=Number(count))


@register.filter
def span(seconds: float) -> str:
    """Return a short duration: `5 s`, `3 min`, `2 h`, `4 d`; nothing for zero."""
    for size, words in ((86400, _("{count} d")), (3600, _("{count} h")), (60, _("{count} min"))):
        if seconds >= size:
            return words.format(count=int(seconds // size))
    return _("{count} s").format(count=f"{seconds:.0f}") if seconds >= 1 else ""


@register.filter
def per_minute(rate: float) -> str:
    """Return a rate per second as one per minute; nothing for zero."""
    return str(Number(round(rate * 60))) if rate * 60 >= 1 else (_("under 1") if rate else "")


_ACTIONS = {
    # path: (icon, flag, count, label, which stays while `aria-pressed` changes)
    "boost": ("boost", "is_boosted", "boosts_count", pgettext_lazy("verb", "Boost")),
    "like": ("heart", "is_liked", "likes_count", pgettext_lazy("verb", "Like")),
    "bookmark": ("bookmark", "is_bookmarked", "", pgettext_lazy("verb", "Bookmark")),
}


@register.inclusion_tag("posts/actions/_action.html", takes_context=True)
def post_action(
    context: dict[str, Any], post: PostView, action: str, *, is_named: bool = False
) -> dict[str, Any]:
    """Return a button that boosts, likes or bookmarks a post, or undoes that.

    In rows it gets its id from static/js/site.js. One that replaces another comes with it (`is_named`), as htmx finds the focus by it.
    """
    drawing, flag, count, label = _ACTIONS[action]
    is_on = getattr(post, flag)
    identity = context["request"].identity
    refused = "" if is_on or action == "bookmark" else refusal(post, identity, action)
    if action == "boost" and post.visibility in {Visibility.mentioned, Visibility.limited}:
        refused = refused or _("This post can't be boosted")
    if action == "boost" and post.is_boost_kept:
        refused = _(
            "Somebody else who writes as this account boosted it. Only editors and owners can undo that."
        )
    place = context.get("place", "")
    return {
        "post": post,
        "identity": identity,
        "url_name": f"posts-un{action}" if is_on else f"posts-{action}",
        "kind": action,
        "icon": drawing,
        "is_on": is_on,
        "label": label,
        "count": getattr(post, count) if count else 0,
        "refused": refused,
        "place": place,
        "is_named": is_named,
        "is_elsewhere": place not in ("", str(post.id)),
    }


def action_labels(*actions: str) -> dict[str, str]:
    """Return the labels of these buttons."""
    return {action: str(_ACTIONS[action][3]) for action in actions}


@register.simple_tag(takes_context=True)
def place_of(context: Context, post: PostView) -> str:
    """Return a prefix for the ids of a post's row, to distinguish it from rows of its boosts and in other columns."""
    return f"{post.id}{context.get('at', '')}"


@register.simple_tag
def so_far(label: str, count: int) -> str:
    """Return the label of a button with its count."""
    return _("{label}, {count} so far").format(label=label, count=Number(count))


def person_link(context: Context, person: Profile) -> SafeString:
    """Return a person's name as a link to their profile."""
    return format_html(
        '<a href="{}"><bdi class="name">{}</bdi></a>', profile_path(context, person), name(person)
    )
