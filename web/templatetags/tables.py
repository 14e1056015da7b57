"""Tables and tiles of the administration pages, so that each page lists only their contents."""

from collections.abc import Iterable, Iterator

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.pages.addresses import path_to

register = template.Library()

_HEADS = {
    # what stands before a column's name: its cell
    "#": '<th class="number">{}</th>',
    "-": '<th><span class="visually-hidden">{}</span></th>',
    "": "<th>{}</th>",
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
    """Write the rows between the tags as a table that scrolls by itself. A name after "#" heads numbers, one after "-" is for screen readers only."""
    return format_html(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="table"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        label,
        format_html_join("", "{}", ((head,) for head in _heads(columns))),
        content,
    )


@register.simple_tag
def tile(label: str, figure: object, page: str = "", query: str = "", *, asks: object = False) -> SafeString:
    """Return a figure with its name, as a link when it has a page. One that `asks` for somebody to act stands out."""
    shown: object = figure
    if page:
        href = f"{path_to(page)}?{query}" if query else path_to(page)
        shown = format_html('<a href="{}">{}</a>', href, figure)
    mark = SafeString(' class="asks"') if asks else ""
    return format_html("<div{}><dt>{}</dt><dd>{}</dd></div>", mark, label, shown)
