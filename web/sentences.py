"""Sentences for errors on pages, at the field that is wrong. They come from core/words.py."""

from collections.abc import Callable

from django import forms

from core.errors import Problem
from core.words import OURS, lookup

USERNAME_HINT = (
    "Letters from a to z, digits and underscores; dots and dashes between them. It can't be changed later."
)
PASSWORD_HINT = "At least eight characters. A few unrelated words work well."  # noqa: S105 - a sentence


def sentence_of(problem: Problem) -> str:
    """Return why something was refused, for people."""
    words = lookup(OURS, problem.field, problem.code, problem.facts) or problem.sentence
    return words if words.endswith((".", "!", "?")) else f"{words}."


def add_error(form: forms.Form, problem: Problem, *, otherwise: str | None = None) -> None:
    """Say in a form why something was refused: at the field that is wrong, else at the field `otherwise` or above them all."""
    field = form.fields.get(problem.field)
    is_seen = field is not None and not field.widget.is_hidden
    form.add_error(problem.field if is_seen else otherwise, sentence_of(problem))


def validator_of(check: Callable[[str], object]) -> Callable[[str], None]:
    """Make a check of the services a validator of a field, so that a form says at once what is wrong with all of its fields."""

    def validate(value: str) -> None:
        try:
            check(value)
        except Problem as problem:
            raise forms.ValidationError(sentence_of(problem)) from problem

    return validate
