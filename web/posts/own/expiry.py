"""Setting when the author's own post deletes itself."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.queries.posts import get_own_post
from activities.posts.services.expiry import expires_at, set_expiry
from core.asgi.decorators import methods
from core.asgi.request import Request
from web.pages import page, redirect_with_message, signed_in
from web.paths import post_path
from web.posts.compose_forms import expiry_field


class ExpiryForm(forms.Form):
    """A choice of `NEVER` cancels the deletion; None leaves it as it is."""

    NEVER = 0
    expires_after = expiry_field(gettext_lazy("Counted from now."))

    def __init__(self, *args: Any, expires_at: dt.datetime | None, **more: Any) -> None:
        super().__init__(*args, **more)
        if expires_at is not None:
            field = self.fields["expires_after"]
            assert isinstance(field, forms.TypedChoiceField)
            (_empty, never), *durations = field.choices
            field.choices = [("", gettext_lazy("As it is now")), (self.NEVER, never), *durations]


@methods("GET", "POST")
@signed_in
async def change(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    before = await expires_at(request.identity, post.id)
    form = ExpiryForm(request.POST or None, expires_at=before)
    if request.method == "POST" and form.is_valid():
        seconds = form.cleaned_data["expires_after"]
        if seconds is not None:
            await set_expiry(author=request.identity, post_id=post.id, seconds=seconds or None)
        expires = before is not None if seconds is None else seconds != ExpiryForm.NEVER
        said = _("This post will delete itself.") if expires else _("This post is kept.")
        return redirect_with_message(request, post_path(request.domain, post.author, post.id), said)
    context = {"form": form, "post": post, "expires_at": before}
    return page(request, "posts/own/expiry.html", context, status=422 if form.errors else 200)
