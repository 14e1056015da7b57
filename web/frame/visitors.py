"""Pages that show people or their posts: on a domain that shows visitors no profiles they answer 401 to everybody who isn't signed in."""

from collections.abc import Awaitable, Callable

from django.http import HttpResponse

from core.asgi.request import Request
from core.errors import Unauthenticated
from federation.negotiation import is_activitypub, wants_activitypub
from users.domains.visitors import reading_as_visitor

Next = Callable[[Request], Awaitable[HttpResponse]]

OF_PEOPLE = frozenset(
    (
        *("profile", "profile-tab", "profile-tagged", "followers", "following", "collection", "directory"),
        *("post", "post-likes", "post-boosts", "post-quotes", "post-reader"),
        *("posts-replies", "posts-late-replies", "posts-versions", "posts-embed", "embed", "player"),
        *("profile-feed", "profile-feeds", "profile-feed-mastodon", "tag-feed", "tag", "local", "federated"),
        *("explore", "explore-hashtags", "explore-news", "explore-people", "player-of-link", "search"),
        "interact",
    )
)
"""The names of their URLs. tests/pages/administration/domains/test_hidden_profiles.py asks every page that visitors can open."""


async def visitors_middleware(request: Request, next: Next) -> HttpResponse:
    """Refuse visitors of a domain that shows no profiles. Other servers get their documents at the same addresses."""
    if request.domain is None or getattr(request, "identity", None) is not None:
        return await next(request)
    if wants_activitypub(request):
        response = await next(request)
        is_document = is_activitypub(response.headers.get("Content-Type", ""))
        if is_document or response.status_code >= 300 or not _is_closed(request):
            return response
        raise Unauthenticated(code="people_only")
    if _is_closed(request):
        raise Unauthenticated(code="people_only")
    with reading_as_visitor():
        return await next(request)


def _is_closed(request: Request) -> bool:
    match = request.resolver_match
    return not request.domain.shows_profiles and match is not None and match.url_name in OF_PEOPLE
