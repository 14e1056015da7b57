"""`{% url "posts-like" post_id=post.id %}`: the address of a page by its name in web/urls.py."""

from django import template

from core.pages.addresses import path_to

register = template.Library()


@register.simple_tag
def url(page: str, /, **parts: str | int) -> str:
    """Return the path of the page with these parts, quoted. Raises NoReverseMatch when there is none of that name with them."""
    return path_to(page, **parts)
