"""Error messages on pages, at the field that is wrong. The texts are in core/error_messages.py."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext, gettext_lazy

from core.error_messages import MESSAGES, find_message
from core.errors import Problem
from core.numbers import Number

USERNAME_HINT = gettext_lazy(
    "Letters from a to z, digits and underscores; dots and dashes between them. It can't be changed later."
)
PASSWORD_HINT = gettext_lazy("At least eight characters. A few unrelated words work well.")


def error_message(problem: Problem) -> str:
    """Return the message of an error for users."""
    facts = {name: Number(fact) if isinstance(fact, int) else fact for name, fact in problem.facts.items()}
    words = find_message(MESSAGES, problem.field, problem.code, facts, gettext) or problem.sentence
    return words if words.endswith((".", "!", "?")) else f"{words}."


def message_of(error: BaseException | None, sentence: str) -> str:
    """Return the message of an error for users: a Problem's own, else `sentence`."""
    return error_message(error) if isinstance(error, Problem) else sentence


def add_error(form: forms.Form, problem: Problem, *, otherwise: str | None = None) -> None:
    """Add an error to a form: at its field, else at the field `otherwise` or above all fields."""
    field = form.fields.get(problem.field)
    is_seen = field is not None and not field.widget.is_hidden
    error = forms.ValidationError(error_message(problem), code=problem.field)
    form.add_error(problem.field if is_seen else otherwise, error)


def validator_of(check: Callable[[str], object]) -> Callable[[str], None]:
    """Wrap a check of the services as a field validator, so that a form shows the errors of all fields at once."""

    def validate(value: str) -> None:
        try:
            check(value)
        except Problem as problem:
            raise forms.ValidationError(error_message(problem)) from problem

    return validate
