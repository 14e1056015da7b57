"""The page of the style guide, available in development only."""

from typing import Any

from django import forms
from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.config import config
from core.errors import NotFound
from users.domains.limits import DEFAULTS
from web.pages import page, signed_in
from web.posts.compose_files import upload_limits
from web.posts.compose_forms import PostForm
from web.styleguide import parts, samples

SECTIONS = (
    "scales",
    "posts",
    "thread",
    "chat",
    "notifications",
    "profiles",
    "controls",
    "forms",
    "frame",
    "columns",
    "staff",
    "empty",
)
# with ids of which a page has one: shown once, in the scheme of the page
ONCE = ("composer", "aside")
SCHEMES = ("light", "dark")
# of static/css/site/tokens.css
SCALES = {
    "t": range(1, 10),
    "s": range(1, 9),
    "r": range(1, 6),
    "e": range(1, 3),
    "m": range(1, 5),
    "c": (
        "accent",
        "link",
        "ground",
        "surface",
        "raised",
        "line",
        "edge",
        "soft",
        "tint",
        "like",
        "boost",
        "danger",
    ),
}
# which their pages or scripts load
SHEETS = [f"css/{name}.css" for name in ("columns", "administration", "parts/aside", "parts/emojis", "later")]


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
    mine = request.identity.pk
    sections = [(name, [_half(scheme, mine) for scheme in SCHEMES]) for name in SECTIONS]
    sections += [(name, [{"scheme": ""}]) for name in ONCE]
    composer = {
        "form": PostForm(initial={"text": samples.TEXT}),
        "limits": upload_limits(DEFAULTS),
        "limit": DEFAULTS.characters,
    }
    return page(
        request, "styleguide/guide.html", {"sections": sections, "composer": composer, "sheets": SHEETS}
    )


def _half(scheme: str, mine: int) -> dict[str, Any]:
    """Return the samples of one side, with ids that differ from the other's."""
    first = 1_000_000 * (SCHEMES.index(scheme) + 1)
    form = SampleForm({"name": "too long"}, auto_id=f"{scheme}_%s")
    form.is_valid()
    return {
        "scheme": scheme,
        "scales": SCALES,
        "posts": samples.posts(first),
        "notifications": samples.notifications(first),
        "profiles": samples.profiles(),
        "form": form,
        "thread": parts.thread(first),
        "said": parts.said(first, mine),
        "columns": parts.columns(first),
        "sentences": parts.sentences(),
        "week": [3, 0, 5, 2, 8, 1, 4],
        "peers": parts.PEERS,
    }
