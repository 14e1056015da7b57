"""Preloading for rendering pages: templates, tag libraries, formats, context processors.

Django loads each on first use, inside a request, while all other requests wait (50 ms for the front page, 5 to 20 for others).
"""

from contextlib import nullcontext
from pathlib import Path

import django
from django.conf import settings
from django.forms.renderers import get_default_renderer
from django.template import engines
from django.urls import get_resolver
from django.utils import formats

from core.pages.parsing import shared_nodes

_FORM_PARTS = Path(django.__file__).parent / "forms/templates"


def load_page_templates() -> None:
    """Parse all templates of pages and of form fields; Django keeps them (268 of them, 5 MB)."""
    pages = engines["django"]
    with nullcontext() if pages.engine.debug else shared_nodes():
        for folder in settings.TEMPLATES[0]["DIRS"]:
            for name in _names(folder):
                template = pages.get_template(name).template
                if not pages.engine.debug:
                    template.source = ""
        forms = get_default_renderer().engine
        for name in _names(_FORM_PARTS):
            forms.get_template(name)
    _ = pages.engine.template_context_processors  # imported on first use
    formats.get_format("DATE_FORMAT")
    _ = get_resolver().reverse_dict  # the name table of {% url %}


def _names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.html"))
