"""Tables and tiles of the administration pages, so that each page lists only their contents; and the sparkline, which others show, too."""

from collections.abc import Iterable, Iterator, Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.numbers import Number
from core.pages.addresses import path_to
from federation.models import DomainPolicy
from federation.policies import Handling

register = template.Library()

_HEADS = {
    # the prefix of a column's name: its cell
    "#": '<th class="number">{}</th>',
    "-": '<th><span class="visually-hidden">{}</span></th>',
    "": "<th>{}</th>",
}

_STATES = {
    # policies, federation/models/peer.py
    "open": gettext_lazy("open"),
    "allowed": gettext_lazy("allowed"),
    "limited": gettext_lazy("limited"),
    "blocked": gettext_lazy("blocked"),
    # relays, federation/relays/queries.py
    "waiting": gettext_lazy("waiting"),
    "accepted": gettext_lazy("accepted"),
    "rejected": gettext_lazy("rejected"),
    "silent": gettext_lazy("silent"),
    # reports
    "spam": gettext_lazy("spam"),
    "legal": gettext_lazy("legal"),
    "violation": gettext_lazy("violation"),
    "other": gettext_lazy("other"),
    # servers and incoming messages
    "idle": gettext_lazy("idle"),
    "sending": gettext_lazy("sending"),
    "trying": gettext_lazy("trying"),
    "probing": gettext_lazy("probing"),
    "unreachable": gettext_lazy("unreachable"),
    "unverified": gettext_lazy("unverified"),
    "received": gettext_lazy("received"),
    "fetching": gettext_lazy("fetching"),
    "handled": gettext_lazy("handled"),
    "skipped": gettext_lazy("skipped"),
    "failed": gettext_lazy("failed"),
    # other queues: the states shown on the page of queues
    "asked": gettext_lazy("asked"),
    "carrying": gettext_lazy("carrying"),
    "counting": gettext_lazy("counting"),
    "deleted": gettext_lazy("deleted"),
    "early": gettext_lazy("early"),
    "edited": gettext_lazy("edited"),
    "emptying": gettext_lazy("emptying"),
    # domains that are removed, users/domains/models.py
    "warning": gettext_lazy("telling people"),
    "closing": gettext_lazy("deleting people"),
    "fetched": gettext_lazy("fetched"),
    "new": gettext_lazy("new"),
    "orphaned": gettext_lazy("orphaned"),
    "checked": gettext_lazy("checked"),
    "due": gettext_lazy("due"),
    "unneeded": gettext_lazy("unneeded"),
    "outdated": gettext_lazy("outdated"),
    "parting": gettext_lazy("parting"),
    "reading": gettext_lazy("reading"),
    "refused": gettext_lazy("refused"),
    "removing": gettext_lazy("removing"),
    "resolving": gettext_lazy("resolving"),
    "running": gettext_lazy("running"),
    "spreading": gettext_lazy("spreading"),
    "shown": gettext_lazy("to be looked at"),
    "applying": gettext_lazy("being applied"),
    "applied": gettext_lazy("applied"),
    "undoing": gettext_lazy("undoing"),
    "current": gettext_lazy("up to date"),
    "keeping": gettext_lazy("being kept"),
    "retracting": gettext_lazy("being retracted"),
    "listing": gettext_lazy("being listed"),
    "purging": gettext_lazy("being purged"),
    "unseen": gettext_lazy("unseen"),
    "stale": gettext_lazy("stale"),
    "stated": gettext_lazy("stated"),
    "telling": gettext_lazy("telling"),
    "walking": gettext_lazy("walking"),
    "withdrawn": gettext_lazy("withdrawn"),
}


def _heads(columns: Iterable[str]) -> Iterator[SafeString]:
    mark = ""
    for column in columns:
        if column in _HEADS:
            mark = column
        else:
            yield format_html(_HEADS[mark], column)
            mark = ""


@register.simple_block_tag
def table(content: SafeString, label: str, *columns: str) -> SafeString:
    """Write the rows between the tags as a horizontally scrolling table. A name after "#" is a numeric column's, one after "-" is for
    screen readers only.
    """
    return format_html(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="table"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        label,
        format_html_join("", "{}", ((head,) for head in _heads(columns))),
        content,
    )


@register.simple_tag
def tick(field: str, value: object, name: str, form: str = "ticked") -> SafeString:
    """Return the box that selects a row for the form below the table; `name` tells screen readers which row it is."""
    return format_html(
        '<label class="tick"><input type="checkbox" name="{}" value="{}" form="{}"><span class="visually-hidden">{}</span></label>',
        field,
        value,
        form,
        _("Select {name}").format(name=name),
    )


@register.simple_tag
def refreshes(element: str, *, when: object) -> SafeString:
    """Return the attributes with which the element of this id fetches itself anew every two seconds, while the worker is at it (`when`)."""
    if not when:
        return SafeString("")
    return format_html(
        ' hx-get="" hx-trigger="every 2s" hx-select="#{}" hx-target="this" hx-swap="outerHTML"', element
    )


@register.filter
def state_word(name: str) -> str:
    """Return the label of a stored policy, role, category or state in the reader's language; the stored name if there is none."""
    return str(_STATES.get(name, name))


@register.simple_tag
def tile(label: str, number: object, page: str = "", query: str = "", *, asks: object = False) -> SafeString:
    """Return a number with its label, as a link if it has a page. With `asks` it is highlighted, because it needs attention."""
    shown: object = Number(number) if isinstance(number, int) else number
    if page:
        href = f"{path_to(page)}?{query}" if query else path_to(page)
        shown = format_html('<a href="{}">{}</a>', href, shown)
    mark = SafeString(' class="asks"') if asks else ""
    return format_html("<div{}><dt>{}</dt><dd>{}</dd></div>", mark, label, shown)


_MEDIA_REFUSED = gettext_lazy("media refused")
_HANDLING = {
    Handling.force_sensitive: gettext_lazy("media covered"),
    Handling.force_unlisted: gettext_lazy("posts unlisted"),
    Handling.strip_links: gettext_lazy("links removed"),
}


@register.filter
def policy_words(row: DomainPolicy) -> list[str]:
    """Return what a domain does with a server beside blocking or limiting it, in words."""
    refused = [str(_MEDIA_REFUSED)] if row.reject_media else []
    return refused + [str(words) for one, words in _HANDLING.items() if getattr(row, str(one.name))]


@register.filter
def handling_words(handling: int) -> list[str]:
    """Return what is changed in the posts of a server's people, in words."""
    return [str(_HANDLING[one]) for one in Handling(handling)]


_ROLES = {
    "Owner": gettext_lazy("Owner"),
    "Admin": gettext_lazy("Admin"),
    "Moderator": gettext_lazy("Moderator"),
}


@register.filter
def role_word(name: str) -> str:
    """Return the name of a role: a built-in one's in the reader's language, others' as entered."""
    return str(_ROLES.get(name, name))


_HEIGHT = 24  # of a sparkline
_STEP = 12  # from bar to bar


@register.simple_tag
def spark(days: Sequence[int]) -> SafeString:
    """Return a bar for each day, drawn for the eyes only; an empty day has a line."""
    most = max(days, default=0)
    heights = [max(2, round(_HEIGHT * number / most)) if number else 1 for number in days]
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="8" height="{}" rx="1.5"/>',
        ((_STEP * place, _HEIGHT - height, height) for place, height in enumerate(heights)),
    )
    width = _STEP * len(days) - 4
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>', width, _HEIGHT, bars
    )
