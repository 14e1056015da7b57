"""Actions on the ticked rows of a page."""

from collections.abc import Awaitable, Callable, Collection

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.request import Request
from core.errors import Invalid, NotAllowed, NotFound
from core.pages.addresses import path_to
from web.pages import next_path, redirect_with_message

MOST_TICKED = 100  # rows per submission: each is a transaction of its own


async def act_on_ticked(
    request: Request, ids: Collection[int], act: Callable[[int], Awaitable[object]], page: str
) -> HttpResponse:
    """Apply an action to each row, one after another, and redirect back.

    Rows that the reader may not change, or that others handled in the meantime, are skipped and counted.
    """
    done = 0
    for pk in ids:
        try:
            await act(pk)
        except (NotAllowed, NotFound, Invalid):  # counted below as skipped
            continue
        done += 1
    back = next_path(request, path_to(page))
    if not ids:
        return redirect_with_message(request, back, _("Tick some rows first."), kind="bad")
    if done == len(ids):
        return redirect_with_message(request, back, _("Changed: {count}.").format(count=done))
    said = _("Changed: {count}. Left as they were: {left}.").format(count=done, left=len(ids) - done)
    return redirect_with_message(request, back, said, kind="good" if done else "bad")
