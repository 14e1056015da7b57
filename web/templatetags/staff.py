"""Components of the administration pages: links of their navigation, numbers with the last week's values, and sentences."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.asgi.request import Request
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.identities.queries.profiles import Profile
from users.logins.models import User
from users.roles.models import Permission
from web.frame.pictures import picture_url
from web.frame.sections import OVERVIEW, Section, sections_of
from web.templatetags.takahe import nav_link

register = template.Library()

_SIGNS = {"bad": "warning", "asks": "inbox", "waits": "clock"}


@register.simple_tag
def staff_link(request: Request) -> SafeString:
    """Return the link of the main navigation to the administration, with the number of items waiting for staff."""
    waiting = request.open_reports + request.open_appeals + request.waiting_sign_ups
    badge = waiting_count(waiting) if waiting else SafeString("")
    return nav_link({"request": request}, "admin", "shield", _("Administration"), only="wide", badge=badge)


@register.filter
def may(user: User, name: str) -> bool:
    """Return whether a login has a permission on the whole server: `request.user|may:"view_devops"`."""
    return user.may(Permission[name])


@register.filter
def may_somewhere(user: User, name: str) -> bool:
    """Return whether a login has a permission on some domain, or on the whole server."""
    return user.scope(Permission[name]) != frozenset()


@register.filter
def may_here(request: Request, name: str) -> bool:
    """Return whether the reader has a permission on the page's domain."""
    return request.user is not None and request.user.may(Permission[name], request.domain.pk)


@register.filter
def moderates(request: Request, person: Profile) -> bool:
    """Return whether the reader moderates an account: users of the page's domain, or everybody."""
    return _may_of(request, Permission.manage_users, person)


@register.filter
def moderates_posts(request: Request, author: Profile) -> bool:
    """Return whether the reader may act on an account's posts: those of the page's domain, or all."""
    return _may_of(request, Permission.manage_reports, author)


def _may_of(request: Request, permission: Permission, person: Profile) -> bool:
    if request.user is None:
        return False
    home = request.domain.pk if person.host == request.domain.name else None
    return bool(request.user.may(permission, home))


register.filter(sections_of)


@register.simple_tag(takes_context=True)
def section_link(context: dict[str, Any], section: Section) -> SafeString:
    """Return a link of the list of sections, with the number of items waiting for staff there."""
    count = getattr(context["request"], section.waiting) if section.waiting else 0
    return format_html(
        '<a href="{}"{}>{}{}</a>',
        path_to(section.page),
        SafeString(' aria-current="page"' if context.get("section") in section.pages else ""),
        section.label,
        waiting_count(count) if count else "",
    )


@register.simple_tag(takes_context=True)
def overview_link(context: dict[str, Any]) -> SafeString:
    """Return the first link of the list, which all staff see."""
    return section_link(context, OVERVIEW)


def waiting_count(count: int) -> SafeString:
    """Return a badge with the number of items waiting for staff, limited to "99+"."""
    words = _('<span class="visually-hidden">, </span>{count}<span class="visually-hidden"> waiting</span>')
    return format_html(
        '<span class="count">{}</span>', format_html(words, count="99+" if count > 99 else count)
    )


@register.inclusion_tag("administration/parts/_stat.html")
def stat(label: str, total: object, days: Sequence[int]) -> dict[str, object]:
    """Return a number with a bar for each of the last days, and their sum."""
    return {
        "label": label,
        "total": total,
        "days": days,
        "together": sum(days),
    }


@register.simple_tag
def own_picture(domain: Domain, name: str) -> str:
    """Return the URL of a domain's own picture."""
    return picture_url(domain, name)


@register.filter
def sign_of(kind: str) -> str:
    """Return the name of the icon for a kind of sentence."""
    return _SIGNS[kind]
