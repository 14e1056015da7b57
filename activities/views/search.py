"""Search for people, hashtags and posts. A whole handle or address is looked up on its own server."""

from django.http import HttpResponse

from activities.queries import search as reads
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.paging import Page
from core.texts import read_query
from users.models import Identity
from users.queries.profiles import load_profiles
from users.queries.search import search_accounts
from users.services import remote_actors
from users.views.page import page


@methods("GET")
async def search(request: Request) -> HttpResponse:
    text = read_query(request.GET.get("q", "")[:500])
    context = {"q": text, "people": [], "hashtags": [], "posts": [], "problem": ""}
    if text:
        looked_up = None
        if request.identity is not None and _is_address(text):
            try:
                looked_up = await remote_actors.look_up(text)
            except Problem as problem:
                context["problem"] = problem.sentence
        context |= await _found(request, text, looked_up)
    return page(request, "activities/search.html", context)


def _is_address(text: str) -> bool:
    """Whether the text is a handle with a host, or a web address."""
    return text.startswith(("https://", "http://")) or ("@" in text.lstrip("@") and " " not in text)


async def _found(request: Request, text: str, looked_up: Identity | None) -> dict[str, object]:
    ids = await search_accounts(text, request.identity, 10)
    if looked_up is not None:
        ids = list(dict.fromkeys([looked_up.pk, *ids]))
    profiles = await load_profiles(ids)
    return {
        "people": [profiles[id] for id in ids if id in profiles],
        "hashtags": await reads.search_hashtags(text.lstrip("#"), limit=10),
        "posts": await reads.search_posts(text, request.identity, Page(limit=20)),
    }
