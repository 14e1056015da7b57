"""Sign-up, as far as the domain allows it."""

from django import forms
from django.http import HttpResponse, QueryDict

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotAllowed, Problem, TooMany
from users.domains.models import SignUpMode
from users.identities.names import LONGEST_USERNAME, check_username
from users.logins.addresses import clean_email
from users.logins.passwords import check_password_rules
from users.logins.services import sign_up as service
from web.accounts.confirming import remember_browser
from web.pages import page
from web.sentences import PASSWORD_HINT, USERNAME_HINT, refuse, says, why


class SignUpForm(forms.Form):
    username = forms.CharField(
        label="Username",
        validators=[says(check_username)],
        help_text=USERNAME_HINT,
        widget=forms.TextInput(
            attrs={
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "nickname",
                "maxlength": LONGEST_USERNAME,
            }
        ),
    )
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        validators=[says(clean_email)],
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        validators=[says(check_password_rules)],
        help_text=PASSWORD_HINT,
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
        return page(request, "accounts/sign_up_closed.html", {"why": why(problem)}, status=problem.status)
    form = SignUpForm(request.POST or None, asks_why=request.domain.sign_up_mode == SignUpMode.approval)
    if request.method == "POST" and form.is_valid():
        try:
            user = await service.sign_up(
                domain=request.domain, address=request.client_address, invite=invite, **form.cleaned_data
            )
        except TooMany:
            raise
        except Problem as problem:
            refuse(form, problem)
        else:
            done = page(request, "accounts/signed_up.html", {"email": form.cleaned_data["email"]})
            return remember_browser(request, done, user)
    context = {"form": form, "invite": invite}
    return page(request, "accounts/sign_up.html", context, status=422 if form.errors else 200)
