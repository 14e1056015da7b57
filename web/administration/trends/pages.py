"""The page where staff of a domain see its trends, and decide about them."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.reviews.services import place_of, require_reviewer, review
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from users.domains import options
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.administration.trends.rows import TABS, Asked, Tab
from web.pages import for_staff, query_number, ticked_ids
from web.ticked import MOST_TICKED, act_on_ticked

_DECISIONS = {"approve": True, "reject": False}


def _tab(name: str) -> Tab:
    if (tab := TABS.get(name)) is None:
        raise NotFound(_("There is no such page."))
    return tab


@methods("GET")
@for_staff(Permission.manage_taxonomies)
async def trends(request: Request) -> HttpResponse:
    require_reviewer(request.user, request.domain)
    kind = request.GET.get("kind", "tags")
    tab = _tab(kind)
    needs_review = await options.get(options.TRENDS_NEED_REVIEW, domain=request.domain.pk)
    waiting = needs_review and request.GET.get("show") == "waiting"
    asked = Asked(request.identity, request.domain, waiting, query_number(request, "after"))
    rows = await tab.read(asked)
    here = {"kind": kind, **({"show": "waiting"} if waiting else {})}
    after = tab.after(asked, rows)
    context = {
        "tabs": TABS.items(),
        "kind": kind,
        "tab": tab,
        "rows": rows,
        "needs_review": needs_review,
        "waiting": waiting,
        "older": f"?{urlencode({**here, 'after': after})}" if after else "",
        "options_path": path_to("admin-options", {"domain": request.domain.pk}),
        "decides_for_server": place_of(request.user, request.domain) is None,
    }
    return operators_page(request, "trends/trends", context)


@methods("POST")
@for_staff(Permission.manage_taxonomies)
async def decide(request: Request) -> HttpResponse:
    """Approve or reject the ticked rows, or the one whose button was pressed."""
    require_reviewer(request.user, request.domain)
    kind = _tab(request.POST.get("kind", "")).kind
    is_trendable = _DECISIONS.get(request.POST.get("action", ""))
    if is_trendable is None:
        raise NotFound(_("There is no such page."))

    async def decide_on(target_id: int) -> None:
        await review(
            reviewer=request.user,
            viewer=request.identity,
            here=request.domain,
            kind=kind,
            target_id=target_id,
            is_trendable=is_trendable,
        )

    return await act_on_ticked(
        request, ticked_ids(request, "target", most=MOST_TICKED), decide_on, "admin-trends"
    )
