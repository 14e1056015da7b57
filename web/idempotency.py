"""Idempotent forms: submitting one twice creates one object, with and without JavaScript."""

import secrets
from collections.abc import Awaitable, Callable

from django import forms

from activities.publishing.services import idempotency
from core.asgi.request import Request
from core.db import Model
from core.errors import BadInput, Problem
from web.error_messages import add_error

_NOT_TYPED = ("csrfmiddlewaretoken", "next")


def _new() -> str:
    return secrets.token_urlsafe(12)


class IdempotentForm(forms.Form):
    """A form with a hidden idempotency key. Its template must include `form.once`."""

    once = forms.CharField(required=False, max_length=64, initial=_new, widget=forms.HiddenInput)


async def create_once(
    request: Request, form: IdempotentForm, model: type[Model], make: Callable[[int | None], Awaitable[int]]
) -> int:
    """Return the id of the row of `model` that this form creates, or created when it was submitted before.

    `make` writes the row with the given id, or with a new one for None, and returns the id. A form resubmitted from the browser's history
    with other contents counts as another one. Without a key, or for a login without identity, each submission creates a row.
    """
    row_id = None
    if form.cleaned_data["once"] and request.identity is not None:
        typed = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_TYPED)
        key = f"form {request.get_full_path()} {typed}"
        row_id = await idempotency.id_for(author_id=request.identity.pk, key=key)
    return await idempotency.once(model, row_id, lambda: make(row_id))


async def create_from(
    request: Request,
    form: IdempotentForm,
    model: type[Model],
    make: Callable[[int | None], Awaitable[int]],
    *,
    expected: type[Problem] = BadInput,
    otherwise: str | None = None,
) -> int | None:
    """Return the id of the row that a form creates, as `create_once`. None if it was not sent, or has errors.

    `expected` errors become errors of the form: at their field, else at the field `otherwise`.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return await create_once(request, form, model, make)
    except expected as problem:
        add_error(form, problem, otherwise=otherwise)
        return None
