"""`{% load assets %}`, then `{% asset "css/site.css" %}`: the URL of a static file, with its hash."""

from django import template
from django.utils.translation import get_language

from core.languages import ENGLISH
from core.pages.static_files import assets

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    return assets().url(name)


@register.simple_tag
def words_url() -> str:
    """Return the URL of the script with the texts of scripts in the page's language; empty for English."""
    return assets().words_url(get_language() or ENGLISH)
