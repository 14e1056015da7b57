"""`{% load assets %}`, then `{% asset "css/site.css" %}`: the URL of a static file, with its hash."""

from django import template

from core.pages.static_files import assets

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    return assets().url(name)
