"""`/sitemap.xml`: an index with a part per month, listing the users who joined in it and opted in to search engines (sitemaps.org)."""

import datetime as dt

from django.http import HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _

from core import clock
from core.asgi.decorators import methods, without_session
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from users.identities.queries.findable import findable_people

_CACHED = "public, max-age=3600"
_MAX_MONTHS = 1000  # an index may have 50,000 parts
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


def _xml(kind: str, parts: list[str]) -> HttpResponse:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{''.join(parts)}</{kind}>\n"
    )
    return HttpResponse(
        body, content_type="application/xml; charset=utf-8", headers={"Cache-Control": _CACHED}
    )


def _check_public(request: Request) -> None:
    if not request.domain.shows_timelines:
        raise NotFound(_("There is no such page."))


@methods("GET")
@without_session
async def index(request: Request) -> HttpResponse:
    """List the months in which users may have joined. Runs no query."""
    _check_public(request)
    base, month = request.domain.base_url, _month_of(request.domain.created_at)
    parts: list[str] = []
    while month <= clock.now() and len(parts) < _MAX_MONTHS:
        address = base + path_to("sitemap-month", year=month.year, month=month.month)
        parts.append(f"<sitemap><loc>{escape(address)}</loc></sitemap>")
        month = _next(month)
    return _xml("sitemapindex", parts)


@methods("GET")
@without_session
async def of_month(request: Request, year: int, month: int) -> HttpResponse:
    """List the profiles of users who joined in a month, with the day of their last post."""
    _check_public(request)
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12):
        raise NotFound(_("There is no such page."))
    start = dt.datetime(year, month, 1, tzinfo=dt.UTC)
    people = await findable_people(request.domain, start, _next(start))
    urls = [_url(request.domain.base_url + path_to("about"))]
    urls += [_url(address, last_post_at) for address, last_post_at in people]
    return _xml("urlset", urls)


def _url(address: str, changed_at: dt.datetime | None = None) -> str:
    changed = f"<lastmod>{changed_at:%Y-%m-%d}</lastmod>" if changed_at else ""
    return f"<url><loc>{escape(address)}</loc>{changed}</url>"


def _month_of(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next(month: dt.datetime) -> dt.datetime:
    return _month_of(month + dt.timedelta(days=32))
