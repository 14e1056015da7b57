"""`/authorize_interaction?uri=…`: links from other servers, for local users to follow, reply to or like an object found there."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.posts.models import Post
from activities.posts.queries.posts import get_post
from activities.publishing.services import fetching, resolving
from core.asgi.decorators import methods, policy
from core.asgi.request import Request
from core.errors import Problem
from core.http import NameNotFound, TimedOut, TlsFailed, Unreachable
from core.logs import get_logger
from core.pages.addresses import path_to
from federation.fetching import Intent, interaction_address
from users.domains.names import check_host
from users.identities.models import Identity
from users.identities.queries.identities import by_uri
from users.identities.queries.profiles import profile_of_identity
from users.logins.services.guess_limits import limit_network, limit_tries
from users.relations.queries import relationships
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in
from web.templatetags.lengths import MAX_HANDLE
from web.templatetags.takahe import plain

log = get_logger(__name__)


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
        label=gettext_lazy("Your full handle, or your server"),
        max_length=MAX_HANDLE,
        help_text=gettext_lazy("Such as @me@example.com."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "@me@example.com"}
        ),
    )

    def clean_server(self) -> str:
        text: str = self.cleaned_data["server"].strip().removeprefix("@")
        name, _, host = text.rpartition("@")
        try:
            host = check_host(host)
        except Problem as problem:
            raise forms.ValidationError(error_message(problem)) from problem
        return f"{name}@{host}" if name else host


_INTENTS = {
    "follow": (Intent.follow, gettext_lazy("Follow from your own server")),
    "reply": (Intent.look, gettext_lazy("Reply from your own server")),
    "like": (Intent.like, gettext_lazy("Like from your own server")),
    "boost": (Intent.boost, gettext_lazy("Boost from your own server")),
}
_HOME_SERVER_TRIES, _HOME_SERVER_WINDOW_S = 20, 600


@methods("GET", "POST")
@policy(form_action="'self' https:")
async def choose_server(request: Request) -> HttpResponse:
    """Offer visitors to sign in, or redirect them to their own server, found by WebFinger.

    Only the host of the typed handle is redirected to immediately; any other URL is shown first.
    """
    uri = request.GET.get("uri", "")[: resolving.MAX_LENGTH]
    here = path_to("authorize-interaction", {"uri": uri})
    if request.identity is not None:
        return redirect_with_message(request, here)
    intent, title = _INTENTS.get(request.GET.get("do", ""), (Intent.look, _("Use your account")))
    form, there, is_silent = ServerForm(request.POST or None), "", False
    if request.method == "POST" and not request.domain.is_local_only and form.is_valid():
        handle = form.cleaned_data["server"]
        host = handle.rpartition("@")[2]
        try:
            there = await _home_address(request, handle, uri, intent) or f"https://{host}{here}"
        except NameNotFound:
            form.add_error("server", _("There is no server with that name."))
        except (TimedOut, TlsFailed, Unreachable):
            there, is_silent = f"https://{host}{here}", True
        if there and not is_silent and "@" in handle and urlsplit(there).netloc == host:
            return HttpResponse(
                status=303,
                headers={"Location": there, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
            )
    context = {
        "form": form,
        "sign_in": path_to("sign-in", {"next": here}),
        "there": there,
        "host": urlsplit(there).netloc,
        "is_silent": is_silent,
        "title": title,
        **await _object(uri),
    }
    return page(request, "posts/elsewhere.html", context, status=422 if form.errors else 200)


async def _home_address(request: Request, handle: str, uri: str, intent: Intent) -> str:
    """Return the page stated by the server of `handle`; empty if it states none. Raises the FetchErrors of a server that is not there."""
    await limit_network("home server", request.client_address, _HOME_SERVER_TRIES, _HOME_SERVER_WINDOW_S)
    try:
        # of a server without a name, only whether it answers is of interest: WebFinger finds nobody called "_"
        return await interaction_address(handle if "@" in handle else f"_@{handle}", uri, intent)
    except (NameNotFound, TimedOut, TlsFailed, Unreachable):
        raise
    except Problem as problem:
        log.info("interact.no_home_page", reason=problem.detail or problem.sentence)
        return ""


async def _object(uri: str) -> dict[str, Any]:
    """Return the person or post at `uri` as an anonymous visitor sees it, if it is known here. No other server is asked."""
    if found := await by_uri(uri):
        person = profile_of_identity(found)
        return {} if person.is_hidden or person.is_deleted else {"person": person}
    try:
        row = await fetching.post_at(uri)
        post = (await get_post(row.pk, None)).shown if row else None
    except Problem:  # not for everybody
        return {}
    if post is None:
        return {}
    return {"person": post.author, "words": plain(post.content_warning or post.title or post.content)}


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
