"""`{% url "posts-like" post_id=post.id %}`: the URL of a page by its name in web/urls.py; `{% asset "css/site.css" %}`: that of a
static file, with its hash; and links of the page frame.
"""

from pathlib import PurePosixPath

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.asgi.request import Request
from core.config.version import SOURCE_URL, VERSION
from core.languages import ENGLISH
from core.pages.addresses import path_to
from core.pages.static_files import assets
from web.frame.doing import edits
from web.frame.settings_sections import label_of, purpose_of, settings_sections, settings_title

register = template.Library()

register.simple_tag(settings_sections, takes_context=True)
register.filter("edits", edits)
register.simple_tag(settings_title)
register.filter(label_of)
register.filter(purpose_of)


@register.simple_tag
def url(page: str, /, **parts: str | int) -> str:
    """Return the path of a page with these arguments, quoted. Raises NoReverseMatch if there is none."""
    return path_to(page, **parts)


@register.simple_tag
def asset(name: str) -> str:
    return assets().url(name)


@register.simple_tag
def module(name: str) -> SafeString:
    """Return a script of a page, with links to what it imports, so that all come at the same time. site.js is on each page already."""
    imported = modules_of(name).split()[1:]
    preloads = format_html_join("", '<link rel="modulepreload" href="{}">', ((one,) for one in imported))
    return preloads + format_html('<script type="module" src="{}"></script>', assets().url(name))


@register.simple_tag
def modules_of(name: str) -> str:
    """Return the URLs of a script and of what it imports, but for site.js."""
    return " ".join(
        one for one in (assets().url(name), *assets().needed(name)) if one != assets().url("js/site.js")
    )


@register.simple_tag
def words_url() -> str:
    """Return the URL of the script with the texts of scripts in the page's language; empty for English."""
    return assets().words_url(get_language() or ENGLISH)


@register.simple_tag
def software_links() -> SafeString:
    """Return the version of the software, as a link to its source."""
    return format_html('<a href="{}" rel="noreferrer" dir="ltr">Takahē {}</a>', SOURCE_URL, VERSION)


# pages of the phones' bottom bar and the tabs of Home; the composer has its own Close button
_TOP = frozenset(
    ("front", "home", "local", "federated", "lists", "notifications", "search", "more", "compose")
)
_SECTIONS = (
    "admin",
    "lists",
    "notifications",
    "private-mentions",
    "bookmarks",
    "collections",
    "filters",
)


@register.filter
def path_above(request: Request) -> str:
    """Return the parent page, to which the back arrow of phones leads without scripts; nothing for a top-level page."""
    path = request.path
    if path in {path_to(name) for name in _TOP}:
        return ""
    above = PurePosixPath(path).parents
    if above[0] == PurePosixPath(path_to("lists")):  # a tab of Home
        return ""
    if path.startswith("/@") and len(above) > 1:
        return str(above[-2])
    every_setting = path_to("settings-list")
    if path != every_setting and PurePosixPath(path_to("settings")) in (PurePosixPath(path), *above):
        return every_setting
    every_section = path_to("admin-sections")
    if path != every_section and PurePosixPath(path_to("admin")) in (PurePosixPath(path), *above):
        return every_section
    for section in _SECTIONS:
        if PurePosixPath(path_to(section)) in above:
            return path_to(section)
    if path.startswith("/@"):
        return path_to("front")
    return path_to("front" if request.user is None else "more")


@register.simple_tag(takes_context=True)
def tab_link(context: Context, page: str, words: str, **parts: int) -> SafeString:
    """Write a link of a tab, marked if it is the current page. With `parts`, its title contains text entered by users."""
    path = path_to(page, **parts)
    words = format_html("<bdi>{}</bdi>", words) if parts else words
    here = SafeString(' aria-current="page"' if context["request"].path == path else "")
    return format_html('<a href="{}"{}>{}</a>', path, here, words)
