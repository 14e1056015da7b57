"""`/authorize_interaction?uri=…`: where other servers send our people to follow, answer or like what they have found there."""

from typing import Any

from django.http import HttpResponse

from activities.models import Post
from activities.queries.posts import get_post
from activities.services import landing
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from users.models import Identity
from users.queries import identities
from users.queries.profiles import profile_of_identity
from users.services.guessing import limit_tries
from users.views.page import page, signed_in


@methods("GET")
@signed_in
async def interact(request: Request) -> HttpResponse:
    uri = request.GET.get("uri", "") or request.GET.get("acct", "")
    await limit_tries(f"interact:{request.user.pk}", 60, 600)  # each may ask another server
    try:
        found = await landing.find(uri)
        context = await _shown(found, request.identity)
    except Problem as problem:
        return page(
            request,
            "activities/interact.html",
            {"problem": problem.sentence, "uri": uri},
            status=problem.status,
        )
    return page(request, "activities/interact.html", context)


async def _shown(found: Identity | Post, viewer: Identity) -> dict[str, Any]:
    if isinstance(found, Post):
        return {"post": await get_post(found.pk, viewer)}
    relationship = None
    if found.pk != viewer.pk:
        relationship = (await identities.relationships(viewer, [found.pk]))[0]
    return {
        "person": profile_of_identity(found),
        "relationship": relationship,
        "is_own": found.pk == viewer.pk,
        "base_path": f"/@{found.handle}",
    }
