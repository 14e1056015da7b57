"""Signing up, as far as the domain lets strangers in, and confirming the e-mail address."""

from django import forms
from django.http import HttpResponse, QueryDict

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotAllowed, Problem, TooMany
from users.domains.models import SignUpMode
from users.logins.services import sign_up as service
from web.pages import go, page


class SignUpForm(forms.Form):
    username = forms.CharField(
        label="Username",
        max_length=30,
        help_text="Letters, digits and underscores. It can't be changed later.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "nickname"}
        ),
    )
    email = forms.CharField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        help_text="At least eight characters. A few unrelated words work well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    reason = forms.CharField(
        label="Why do you want to join?",
        max_length=service.LONGEST_REASON,
        required=False,
        help_text="Moderators will read this.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None, *, asks_why: bool) -> None:
        super().__init__(data)
        if not asks_why:
            del self.fields["reason"]


@methods("GET", "POST")
async def sign_up(request: Request) -> HttpResponse:
    invite = request.POST.get("invite") or request.GET.get("invite", "")
    try:
        await service.check_may_sign_up(domain=request.domain, invite=invite)
    except (BadInput, NotAllowed) as problem:
        return page(request, "accounts/sign_up_closed.html", {"why": problem.sentence}, status=problem.status)
    form = SignUpForm(request.POST or None, asks_why=request.domain.sign_up_mode == SignUpMode.approval)
    if request.method == "POST" and form.is_valid():
        try:
            await service.sign_up(
                domain=request.domain, address=request.client_address, invite=invite, **form.cleaned_data
            )
        except TooMany:
            raise
        except Problem as problem:
            form.add_error(None, problem.sentence)
        else:
            return page(request, "accounts/signed_up.html", {"email": form.cleaned_data["email"]})
    context = {"form": form, "invite": invite}
    return page(request, "accounts/sign_up.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
async def confirm(request: Request, token: str) -> HttpResponse:
    """Opening the link asks for one click, because mail scanners open links, too."""
    if request.method == "GET":
        user, handle = await service.user_for_confirmation(token)
        return page(request, "accounts/confirm.html", {"email": user.email, "handle": handle})
    user = await service.confirm(token=token)
    if user.approved_at is None:
        return page(request, "accounts/waiting.html")
    return go(request, "/sign-in", "Your address is confirmed. You can now sign in.")
