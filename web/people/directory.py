"""The discoverable users of a domain."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from users.identities.queries.profiles import load_profiles
from users.relations.queries import social
from users.relations.queries.relationships import relations_to
from web.pages import check_open, page, query_number

_PAGE_SIZE = 40
_MAX_OFFSET = 10_000


@methods("GET")
async def directory(request: Request) -> HttpResponse:
    """List discoverable users of this domain, most recent post first."""
    check_open(request, is_shown=request.domain.shows_directory)
    offset = min(query_number(request, "offset") or 0, _MAX_OFFSET)
    ids = await social.directory(
        request.identity, request.domain, is_local=True, by_age=False, limit=_PAGE_SIZE, offset=offset
    )
    relations = await relations_to(request.identity, ids)
    profiles = await load_profiles(ids)
    context = {
        "people": [profiles[one] for one in ids if one in profiles],
        "relations": relations,
        "older": offset + _PAGE_SIZE if len(ids) >= _PAGE_SIZE and offset < _MAX_OFFSET else None,
    }
    return page(request, "people/directory.html", context)
