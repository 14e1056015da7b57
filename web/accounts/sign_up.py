"""Sign-up, as far as the domain allows it."""

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.config import config
from core.errors import BadInput, NotAllowed, Problem, TooMany
from users.access_rules.puzzles import BITS, asks_puzzle, new_puzzle
from users.domains import options
from users.domains.models import SignUpMode
from users.domains.queries import current_kinds
from users.logins.services import sign_up as service
from web.accounts import fields
from web.accounts.confirming import remember_browser
from web.error_messages import USERNAME_HINT, add_error, error_message
from web.pages import page


class SignUpForm(forms.Form):
    username = fields.username(USERNAME_HINT)
    email = fields.email()
    password = fields.new_password()
    reason = forms.CharField(
        label=gettext_lazy("Why do you want to join?"),
        max_length=service.MAX_REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("Moderators will read this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )

    def __init__(self, data: QueryDict | None, *, asks_why: bool, question: str, minimum_age: int) -> None:
        super().__init__(data)
        if not asks_why:
            del self.fields["reason"]
        elif question:
            self.fields["reason"].label = question
        if minimum_age:
            self.fields["date_of_birth"].help_text = _(
                "You must be at least {age} years old. The date is checked and not stored."
            ).format(age=minimum_age)
        else:
            del self.fields["date_of_birth"]


@methods("GET", "POST")
async def sign_up(request: Request) -> HttpResponse:
    invite = request.POST.get("invite") or request.GET.get("invite", "")
    try:
        await service.check_may_sign_up(domain=request.domain, invite=invite, address=request.client_address)
    except (BadInput, NotAllowed) as problem:
        return page(
            request,
            "accounts/sign_up/sign_up_closed.html",
            {"why": error_message(problem)},
            status=problem.status,
        )
    form = SignUpForm(
        request.POST or None,
        asks_why=request.domain.sign_up_mode == SignUpMode.approval,
        question=await options.get(options.SIGN_UP_QUESTION, domain=request.domain.pk),
        minimum_age=await options.get(options.MINIMUM_AGE, domain=request.domain.pk),
    )
    if request.method == "POST" and form.is_valid():
        try:
            user = await service.sign_up(
                domain=request.domain,
                address=request.client_address,
                invite=invite,
                puzzle=request.POST.get("puzzle", ""),
                answer=request.POST.get("answer", ""),
                **form.cleaned_data,
            )
        except TooMany:
            raise
        except Problem as problem:
            add_error(form, problem)
        else:
            done = page(
                request,
                "accounts/sign_up/signed_up.html",
                {"email": form.cleaned_data["email"], "is_printed": config().prints_mails},
            )
            return remember_browser(request, done, user)
    context: dict[str, object] = {
        "form": form,
        "invite": invite,
        "is_printed": config().prints_mails,
        "texts": await current_kinds(request.domain),
    }
    if await asks_puzzle(request.domain):
        context["salt"], context["puzzle"] = new_puzzle(request.domain)
        context["bits"] = BITS
    return page(request, "accounts/sign_up/sign_up.html", context, status=422 if form.errors else 200)
