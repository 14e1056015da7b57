"""The second step of signing in, and the end of both steps."""

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.request import Request
from core.errors import BadInput, Problem
from core.pages.addresses import path_to
from users.factors.services import second_step
from users.logins.cookies import session_cookie
from users.logins.models import Session
from web.accounts import expired_forms
from web.error_messages import error_message
from web.middleware import set_session_cookie
from web.pages import next_path, page, redirect_with_message

_PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}


def code_field(label: str = gettext_lazy("Code"), **attributes: object) -> forms.CharField:
    """Return a field for a code of an authenticator app."""
    typed = {**_PLAIN, "inputmode": "numeric", "autocomplete": "one-time-code", **attributes}
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=typed))


class CodeForm(forms.Form):
    """A code of the app, or a recovery code instead."""

    use_required_attribute = False  # only one of the two is required

    code = code_field(autofocus=True)
    recovery_code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={**_PLAIN, "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        has_other = data is not None and bool(data.get("recovery_code", "").strip())
        self.fields["code"].error_messages["required"] = _("Enter the code.")
        if data is not None:
            self.fields["code"].required, self.fields["recovery_code"].required = not has_other, has_other

    def clean(self) -> None:
        for field in self.fields.values():
            field.required = True  # neither is labelled optional when the form is shown again


def show(
    request: Request,
    proof: str,
    form: CodeForm | None = None,
    *,
    status: int = 200,
    next_: str | None = None,
) -> HttpResponse:
    """Ask for a code, keeping the destination (`next_`, else that of the form) and any unsent form."""
    context = {
        "form": form or CodeForm(),
        "proof": proof,
        "next": next_path(request, "") if next_ is None else next_,
        "kept": expired_forms.stored_fields(request),
    }
    return page(request, "accounts/factors/second_step.html", context, status=status)


async def check(request: Request) -> HttpResponse:
    """Sign in with a code, or ask again."""
    proof, form = request.POST.get("proof", ""), CodeForm(request.POST)
    if not form.is_valid():
        return show(request, proof, form, status=422)
    try:
        session, cookie = await second_step.sign_in(
            proof=proof,
            **form.cleaned_data,
            address=request.client_address,
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            domain=request.domain,
            replaces=session_cookie(request),
        )
    except BadInput:
        again = path_to("sign-in", {"next": next_path(request, path_to("front"))})
        return redirect_with_message(
            request, again, _("This took too long. Enter your password again."), kind="bad"
        )
    except Problem as problem:
        form.add_error(
            "recovery_code" if form.cleaned_data["recovery_code"] else "code", error_message(problem)
        )
        return show(request, proof, form, status=problem.status)
    return signed_in(request, session, cookie)


def signed_in(request: Request, session: Session, cookie: str, *, next_: str = "") -> HttpResponse:
    """Redirect to the destination after signing in, or to the unsent form."""
    request.session, request.user, request.identity = session, session.user, session.identity
    response = expired_forms.show_stored_form(request)
    response = response or redirect_with_message(request, next_ or next_path(request))
    set_session_cookie(request, response, session, cookie)
    return response
