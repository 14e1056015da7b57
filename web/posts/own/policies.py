"""Changing who may reply to, like, boost and quote the author's published post."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.models import Interaction, Visibility
from activities.posts.queries.permissions import BOOSTED_BY_AUTHOR_ONLY
from activities.posts.queries.posts import get_own_post
from activities.posts.queries.views import PostView
from activities.quotes.services.quotes import set_policies
from core.asgi.decorators import methods
from core.asgi.request import Request
from web.pages import page, redirect_with_message, signed_in
from web.paths import post_path
from web.posts.compose_forms import POLICY_CHOICES, QUOTE_CHOICES, REPLY_CHOICES, choice_field


class PoliciesForm(forms.Form):
    """The policies of a post. Kinds that its visibility reserves to the author are left out."""

    reply = choice_field(gettext_lazy("Who can reply"), REPLY_CHOICES)
    quote = choice_field(gettext_lazy("Who can quote it"), QUOTE_CHOICES)
    like = choice_field(gettext_lazy("Who can like it"), POLICY_CHOICES)
    boost = choice_field(gettext_lazy("Who can boost it"), POLICY_CHOICES)

    def __init__(self, data: Any, post: PostView) -> None:
        before = {kind.value: getattr(post, f"{kind}_policy") for kind in Interaction}
        super().__init__(data, initial=before)
        if post.visibility > Visibility.unlisted:
            del self.fields["quote"]
        if post.visibility in BOOSTED_BY_AUTHOR_ONLY:
            del self.fields["boost"]
        for name, field in self.fields.items():
            assert isinstance(field, forms.TypedChoiceField)
            field.required = True
            if not field.valid_value(str(before[name])):  # set by an app
                field.choices = [(before[name], _("As it is now")), *field.choices]

    @property
    def chosen(self) -> dict[Interaction, int]:
        """The policies of a valid form."""
        return {Interaction(name): flags for name, flags in self.cleaned_data.items()}


@methods("GET", "POST")
@signed_in
async def change(request: Request, post_id: int) -> HttpResponse:
    post = await get_own_post(post_id, request.identity)
    form = PoliciesForm(request.POST or None, post)
    if request.method == "POST" and form.is_valid():
        await set_policies(author=request.identity, post_id=post.id, policies=form.chosen)
        said = _("Saved. Other servers are told what applies from now on.")
        return redirect_with_message(request, post_path(request.domain, post.author, post.id), said)
    context = {"form": form, "post": post}
    return page(request, "posts/own/policies.html", context, status=422 if form.errors else 200)
