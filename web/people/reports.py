"""The form that reports an account or a post to the moderators."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.queries.posts import get_post, was_deleted
from activities.posts.queries.views import PostView
from activities.reports import services as reports
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from users.identities.queries.profiles import Profile, load_profile
from users.moderation.models import Report, ReportCategory
from web.idempotency import IdempotentForm, create_from
from web.pages import is_htmx, page, query_number, redirect_with_message, render_partial, signed_in

_WHY = (
    (ReportCategory.spam, gettext_lazy("Spam: adverts, misleading links or repeated posts")),
    (ReportCategory.legal, gettext_lazy("Illegal content")),
    (ReportCategory.violation, gettext_lazy("Breaks the rules of this server")),
    (ReportCategory.other, gettext_lazy("Something else")),
)
_THANKS = gettext_lazy("Thank you. The moderators will review your report.")


class ReportForm(IdempotentForm):
    category = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"),
        choices=_WHY,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )
    rules = forms.MultipleChoiceField(
        label=gettext_lazy("Which rules?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(
        label=gettext_lazy("What should the moderators know?"),
        max_length=reports.MAX_COMMENT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    forward = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ask again if a rule is ticked with another reason: only reports of violations have rules."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("rules") and found.get("category") not in {ReportCategory.violation, None}:
            self.add_error("category", _("Choose “Breaks the rules of this server”, or untick the rules."))
        return found

    def __init__(self, request: Request, target: Profile) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        rules = request.domain.rules
        self.fields["rules"].choices = [(rule.api_id, rule.words.text) for rule in rules]
        self.fields["forward"].label = _(
            "Send a copy to the moderators of {host}, too. They won't see your name."
        ).format(host=target.host)
        if not rules:
            del self.fields["rules"]
        if target.is_local:
            del self.fields["forward"]


async def _target(request: Request, person_id: int) -> Profile:
    target = await load_profile(person_id)
    if target is None or target.is_deleted or request.identity.pk == person_id:
        raise NotFound(_("There is nobody with this name whom you can report."))
    return target


async def _post(request: Request, person_id: int, post_id: int) -> PostView | None:
    """Return the reported post. None if it was deleted in the meantime: then its author is still reported."""
    try:
        return await get_post(post_id, request.identity)
    except NotFound:
        if request.method == "GET" or not await was_deleted(post_id, author_id=person_id):
            raise
        return None


@methods("GET", "POST")
@signed_in
async def report(request: Request, person_id: int) -> HttpResponse:
    target, post_id = await _target(request, person_id), query_number(request, "post")
    post = await _post(request, person_id, post_id) if post_id is not None else None
    form = ReportForm(request, target)
    made_id = await create_from(
        request, form, Report, lambda row_id: _send(request, form, person_id, post, row_id), expected=Problem
    )
    return _answer(request, {"form": form, "person": target, "post": post, "sent": made_id is not None})


async def _send(
    request: Request, form: ReportForm, person_id: int, post: PostView | None, row_id: int | None
) -> int:
    asked = form.cleaned_data
    made = await reports.report(
        source=request.identity,
        target_id=person_id,
        post_ids=[post.id] if post is not None else [],
        comment=asked["comment"],
        category=asked["category"],
        rule_ids=asked.get("rules", []),
        forward=asked.get("forward", False),
        row_id=row_id,
    )
    return int(made.pk)


def _answer(request: Request, context: dict[str, Any]) -> HttpResponse:
    if context["sent"] and not is_htmx(request):
        return redirect_with_message(request, path_to("home"), str(_THANKS))
    if is_htmx(request):
        return render_partial(request, "people/_report_form.html", {**context, "thanks": _THANKS})
    return page(request, "people/report.html", context, status=422 if context["form"].errors else 200)
