"""Lost follows: what blocks of servers and suspensions cost a user, with lists to download."""

from django.http import HttpResponse, StreamingHttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from users.severances.queries import severance_of, severances, severed_accounts
from web.pages import page, query_number, signed_in
from web.welcome.exports import FOLLOW_COLUMNS, Rows, csv_response, true_or_false

PAGE_SIZE = 20


@methods("GET")
@signed_in
async def lost_follows(request: Request) -> HttpResponse:
    found = await severances(request.identity.pk, before=query_number(request, "max_id"), limit=PAGE_SIZE)
    older = found[-1].id if len(found) >= PAGE_SIZE else None
    return page(request, "welcome/severances.html", {"found": found, "older": older, "section": "severances"})


@methods("GET")
@signed_in
async def download(request: Request, severance_id: int, *, is_following: bool) -> StreamingHttpResponse:
    """Send the lost follows or followers; an app or another server can import the former."""
    found = await severance_of(request.identity.pk, severance_id)
    name = "following" if is_following else "followers"
    return csv_response(_rows(found.id, is_following=is_following), f"{name}-{found.id}")


async def _rows(severance_id: int, *, is_following: bool) -> Rows:
    yield [FOLLOW_COLUMNS if is_following else FOLLOW_COLUMNS[:1]]
    async for batch in severed_accounts(severance_id, is_following=is_following):
        if is_following:
            yield [
                (one.handle, true_or_false(one.shows_boosts), true_or_false(one.notifies), one.languages)
                for one in batch
            ]
        else:
            yield [(one.handle,) for one in batch]
