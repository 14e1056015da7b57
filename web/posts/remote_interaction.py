"""`/authorize_interaction?uri=…`: links from other servers, for our users to follow, reply to or like what they found there."""

from typing import Any

from django import forms
from django.http import HttpResponse

from activities.posts.models import Post
from activities.posts.queries.posts import get_post
from activities.publishing.services import resolving
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.domains.names import check_host
from users.identities.models import Identity
from users.identities.queries.profiles import profile_of_identity
from users.logins.services.guess_limits import limit_tries
from users.relations.queries import relationships
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in


@methods("GET")
@signed_in
async def interact(request: Request) -> HttpResponse:
    uri = request.GET.get("uri", "") or request.GET.get("acct", "")
    await limit_tries(f"interact:{request.user.pk}", 60, 600)  # each may ask another server
    try:
        found = await resolving.resolve_uri(uri)
        context = await _shown(found, request.identity)
    except Problem as problem:
        return page(
            request,
            "posts/interact.html",
            {"problem": error_message(problem), "uri": uri},
            status=problem.status,
        )
    return page(request, "posts/interact.html", context)


class ServerForm(forms.Form):
    server = forms.CharField(
        label="Your server or full handle",
        max_length=320,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "@me@example.com"}
        ),
    )

    def clean_server(self) -> str:
        try:
            return check_host(self.cleaned_data["server"].rpartition("@")[2])
        except Problem as problem:
            raise forms.ValidationError(error_message(problem)) from problem


@methods("GET", "POST")
async def choose_server(request: Request) -> HttpResponse:
    """Offer visitors to sign in or to continue on their own server."""
    uri = request.GET.get("uri", "")[: resolving.MAX_LENGTH]
    here = path_to("authorize-interaction", {"uri": uri})
    if request.identity is not None:
        return redirect_with_message(request, here)
    form = ServerForm(request.POST or None)
    there = (
        f"https://{form.cleaned_data['server']}{here}" if request.method == "POST" and form.is_valid() else ""
    )
    context = {"form": form, "sign_in": path_to("sign-in", {"next": here}), "there": there}
    return page(request, "posts/elsewhere.html", context, status=422 if form.errors else 200)


async def _shown(found: Identity | Post, viewer: Identity) -> dict[str, Any]:
    if isinstance(found, Post):
        return {"post": await get_post(found.pk, viewer)}
    relationship = None
    if found.pk != viewer.pk:
        relationship = (await relationships.relationships(viewer, [found.pk]))[0]
    return {
        "person": profile_of_identity(found),
        "relationship": relationship,
        "is_own": found.pk == viewer.pk,
        "base_path": path_to("profile", handle=found.handle),
    }
