"""The choice of a domain in forms of staff: one of those where they may act, or all if that is their scope."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.domains.models import Domain
from users.domains.queries import domain_by_id, local_domains
from users.roles.models import Scope, is_within


def domain_field(label: str = gettext_lazy("Domain")) -> forms.TypedChoiceField:
    """Make the field; forms name it `domain`. Its value is an id, or None for all."""
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=False)


async def offer_domains(
    form: forms.Form,
    scope: Scope,
    *,
    all_words: str = "",
    offers_all: bool | None = None,
    only: Callable[[int], bool] = lambda domain_id: True,
) -> None:
    """Set the choices to the domains of a scope and, if the scope is the whole server or with `offers_all`, all at once."""
    own = [(one.pk, one.name) for one in await local_domains() if is_within(scope, one.pk) and only(one.pk)]
    if offers_all is None:
        offers_all = scope is None
    field = form.fields["domain"]
    field.choices = [("", all_words or _("All domains")), *own] if offers_all else own
    field.required = not offers_all


async def chosen_domain(form: forms.Form) -> Domain | None:
    """Return the domain chosen in a valid form; None for all."""
    number = form.cleaned_data["domain"]
    return await domain_by_id(number) if number else None
