"""The page where staff decide which hashtags may be written, found and trend."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.reviews import services as reviews
from activities.reviews.models import ReviewKind
from activities.reviews.queries import UNDECIDED, decisions
from activities.tags.queries import hashtags_beginning, page_of_hashtags
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.administration.trends.rows import PAGE_SIZE, uses_of_hashtags
from web.pages import for_staff, query_number, ticked_ids
from web.ticked import MOST_TICKED, act_on_ticked

_ACTIONS = {
    "use": ("is_usable", True),
    "forbid": ("is_usable", False),
    "list": ("is_listable", True),
    "unlist": ("is_listable", False),
    "trend": ("is_trendable", True),
    "sink": ("is_trendable", False),
}


@methods("GET")
@for_staff(Permission.manage_taxonomies)
async def hashtags(request: Request) -> HttpResponse:
    """List hashtags, newest first; with `q` those that begin with it, by name."""
    reviews.require_reviewer(request.user, request.domain)
    q = request.GET.get("q", "").strip().removeprefix("#")[:100]
    if q:
        found = await hashtags_beginning(q, after=request.GET.get("after", ""), limit=PAGE_SIZE)
        later = {"q": q, "after": found[-1].name} if len(found) == PAGE_SIZE else {}
    else:
        found = await page_of_hashtags(Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id")))
        later = {"max_id": str(found[-1].id)} if len(found) == PAGE_SIZE else {}
    ids = [tag.id for tag in found]
    uses = await uses_of_hashtags(ids)
    decided = await decisions(ReviewKind.tag, ids, request.domain.pk)
    context = {
        "q": q,
        "rows": [(tag, uses[tag.id], decided.get(tag.id, UNDECIDED)) for tag in found],
        "undecided": UNDECIDED,
        "older": f"?{urlencode(later)}" if later else "",
        "decides_for_server": reviews.place_of(request.user, request.domain) is None,
    }
    return operators_page(request, "trends/hashtags", context)


@methods("POST")
@for_staff(Permission.manage_taxonomies)
async def decide(request: Request) -> HttpResponse:
    """Allow or forbid something to the ticked hashtags."""
    reviews.require_reviewer(request.user, request.domain)
    field, is_allowed = _ACTIONS.get(request.POST.get("action", ""), ("", False))
    if not field:
        raise NotFound(_("There is no such page."))

    async def decide_on(target_id: int) -> None:
        place = reviews.place_of(request.user, request.domain)
        wanted = {field: is_allowed}
        await reviews.decide(
            moderator=request.user, kind=ReviewKind.tag, target_id=target_id, domain=place, **wanted
        )

    return await act_on_ticked(
        request, ticked_ids(request, "hashtag", most=MOST_TICKED), decide_on, "admin-hashtags"
    )
