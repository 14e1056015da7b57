"""Warnings of a login and its identities for their owner, and appeals against them."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.queries.posts import load_posts
from core import clock
from core.asgi.decorators import any_identity, methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound
from core.pages.addresses import path_to
from users.identities.queries.profiles import profile_of_identity
from users.logins.models import User
from users.moderation import services as moderation
from users.moderation.models import AccountWarning, WarningAction
from users.moderation.queries import warning_for, warnings_for_page
from users.moderation.services.appeals import APPEAL_WITHIN, MAX_APPEAL_LENGTH, may_appeal
from web.error_messages import add_error
from web.pages import page, query_number, redirect_with_message, with_login

WARNINGS = 20


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why is this wrong?"),
        max_length=MAX_APPEAL_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@any_identity
@methods("GET")
@with_login
async def warnings(request: Request) -> HttpResponse:
    found = await warnings_for_page(request.user, before=query_number(request, "max_id"), limit=WARNINGS)
    older = found[-1].pk if len(found) >= WARNINGS else None
    context = {"warnings": found, "older": older, "section": "warnings"}
    return page(request, "accounts/warnings/warnings.html", context)


@any_identity
@methods("GET", "POST")
@with_login
async def warning(request: Request, warning_id: int) -> HttpResponse:
    """Show a warning, and accept an appeal against it."""
    shown = await warning_for(request.user, warning_id)
    if shown is None and request.method == "POST":
        await moderation.appeal(
            user=request.user, warning_id=warning_id, text=""
        )  # refuses it, and records that
    if shown is None:
        raise NotFound(_("There is no such warning."))
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            await moderation.appeal(user=request.user, warning_id=warning_id, text=form.cleaned_data["text"])
        except Invalid as problem:
            add_error(form, problem, otherwise="text")
        else:
            return redirect_with_message(
                request,
                path_to("settings-warning", warning_id=warning_id),
                _("Appeal sent. The moderators will decide, and you will get an e-mail."),
            )
    context = await _shown(shown, request.user) | {"form": form, "section": "warnings"}
    return page(request, "accounts/warnings/warning.html", context, status=422 if form.errors else 200)


async def _shown(warning: AccountWarning, user: User) -> dict[str, Any]:
    marked = warning.action == WarningAction.mark_statuses_as_sensitive
    until = warning.created_at + APPEAL_WITHIN
    is_theirs = await may_appeal(user, warning)
    return {
        "warning": warning,
        "person": profile_of_identity(warning.identity),
        "posts": await load_posts(warning.post_ids, warning.identity) if marked else [],
        "until": until,
        "is_theirs": is_theirs,
        "may_appeal": is_theirs and warning.appealed is None and clock.now() <= until,
    }
