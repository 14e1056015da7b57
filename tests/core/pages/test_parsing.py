"""Templates that share what they have alike say the same as Django's own."""

import gc

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.template.base import FilterExpression
from django.utils.translation import override

from core.pages.parsing import shared_nodes

_TEMPLATES = {
    "base.html": "<main>{% block body %}{% endblock %}</main>{% include part %}",
    "part.html": "{{ name }}, {{ name|upper }}",
    "page.html": "{% extends 'base.html' %}{% block body %}{{ name }}{% translate name %}{{ name }}{% endblock %}",
    "texts.html": "{{ name }}{% translate 'Save' %}{{ 'Save' }}{% translate 'Save' context 'a verb' %}{% translate 'Save' %}",
    "twice.html": "{% for one in many %}{{ one }}, {% endfor %}{% if name %}{{ name }}, {% endif %}{% include './part.html' %}",
    "late.html": "{{ name }}{% extends 'base.html' %}",
}


def _engine() -> Engine:
    return Engine(
        loaders=[
            ("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", _TEMPLATES)])
        ],
        builtins=["django.templatetags.i18n"],
    )


def _render(engine: Engine) -> dict[str, str]:
    context = {"name": "Save", "many": ["a", "b"], "part": "part.html"}
    names = [name for name in _TEMPLATES if name not in {"late.html"}]
    with override("de"):
        return {
            f"{name} {again}": engine.get_template(name).render(Context(dict(context)))
            for again in (1, 2)
            for name in names
        }


def test_they_render_as_those_of_django() -> None:
    plain, shared = _engine(), _engine()
    expected = _render(plain)
    assert expected["texts.html 1"].startswith("SaveSpeichernSave")
    with shared_nodes():
        for name in _TEMPLATES:
            if name != "late.html":
                shared.get_template(name)
    assert _render(shared) == expected


def test_a_parent_that_is_named_too_late_is_an_error() -> None:
    with shared_nodes(), pytest.raises(TemplateSyntaxError, match="must be the first tag"):
        _engine().get_template("late.html")


def test_equal_expressions_are_one() -> None:
    with shared_nodes():
        template = Engine().from_string("{{ of_many }}{% if of_many %}{{ of_many }}{% endif %}")
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, FilterExpression) and one.token == "of_many"]
    assert len(found) == 1
    assert template.render(Context({"of_many": 7})) == "77"
