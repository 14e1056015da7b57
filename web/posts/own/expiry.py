"""Setting when the author's own post deletes itself."""

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
    expires_after = expiry_field(gettext_lazy("Counted from now."))


@methods("GET", "POST")
@signed_in
async def change(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    form = ExpiryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        seconds = form.cleaned_data["expires_after"]
        await set_expiry(author=request.identity, post_id=post.id, seconds=seconds)
        said = _("This post is kept.") if seconds is None else _("This post will delete itself.")
        return redirect_with_message(request, post_path(request.domain, post.author, post.id), said)
    context = {"form": form, "post": post, "expires_at": await expires_at(request.identity, post.id)}
    return page(request, "posts/own/expiry.html", context, status=422 if form.errors else 200)
