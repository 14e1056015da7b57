"""The page of the style guide, available in development only."""

from typing import Any

from django import forms
from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.config import config
from core.errors import NotFound
from web.pages import page, signed_in
from web.styleguide import samples

SECTIONS = ("posts", "notifications", "profiles", "controls", "forms", "empty")
SCHEMES = ("light", "dark")


class SampleForm(forms.Form):
    name = forms.CharField(label="A field with a mistake", help_text="What it is for.", max_length=3)
    optional = forms.CharField(label="An optional one", required=False)
    text = forms.CharField(label="Some text", widget=forms.Textarea(attrs={"rows": 3}))
    choice = forms.ChoiceField(label="One of several", choices=[("a", "The first"), ("b", "The second")])
    is_so = forms.BooleanField(label="A switch", required=False, help_text="What it does.")


@methods("GET")
@signed_in
async def styleguide(request: Request) -> HttpResponse:
    if not config().debug:
        raise NotFound("There is no such page.")
    sections = [(name, [_half(scheme) for scheme in SCHEMES]) for name in SECTIONS]
    return page(request, "styleguide/guide.html", {"sections": sections})


def _half(scheme: str) -> dict[str, Any]:
    """Return the samples of one side, with ids that differ from the other's."""
    first = 1_000_000 * (SCHEMES.index(scheme) + 1)
    form = SampleForm({"name": "too long"}, auto_id=f"{scheme}_%s")
    form.is_valid()
    return {
        "scheme": scheme,
        "posts": samples.posts(first),
        "notifications": samples.notifications(first),
        "profiles": samples.profiles(),
        "form": form,
    }
