"""`{% url "posts-like" post_id=post.id %}`: the address of a page by its name in web/urls.py; and links of the frame around pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.pages.addresses import path_to
from users.statistics.nodeinfo import SOURCE_URL, VERSION

register = template.Library()


@register.simple_tag
def url(page: str, /, **parts: str | int) -> str:
    """Return the path of the page with these parts, quoted. Raises NoReverseMatch when there is none of that name with them."""
    return path_to(page, **parts)


@register.simple_tag
def software_links() -> SafeString:
    """Write which version of what runs here, as a link to its source."""
    return format_html('<a href="{}" rel="noreferrer">Takahē {}</a>', SOURCE_URL, VERSION)
