"""The read positions of Home and Notifications: the line in the feed, the link back to it, and storing it for all devices."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.posts.queries.views import PostView
from activities.timelines.reading import mark_home_read
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput
from web.pages import query_number, signed_in


def place_in(request: Request, posts: Sequence[PostView], shown: Sequence[PostView]) -> dict[str, Any]:
    """Return the template context: the `rank` of the first post that was already read, and the `query` of links to older pages.

    The newest page gets the position from the marker. Scripts advance that as soon as the page is seen, so older pages get it in `read`.
    """
    max_id, is_newest = query_number(request, "max_id"), not {"max_id", "min_id"} & request.GET.keys()
    read = request.read_home if is_newest else query_number(request, "read")
    if not posts:
        return {}
    ranks = [post.rank or 0 for post in shown]
    place: dict[str, Any] = {"reads": max_id is None, "read_until": read or 0}
    if not read:
        return place
    line = next((rank for rank in ranks if rank <= read), None)
    # at the top of a page it is meaningful only if the previous page ended above it
    is_between = line is not None and (line != ranks[0] or (max_id is not None and max_id > read))
    is_below = (posts[-1].rank or 0) > read
    return place | {
        "line": line if is_between else None,
        "query": f"read={read}" if is_below else "",
        "left_off": f"?max_id={read + 1}&read={read}" if is_newest and is_below else "",
    }


def seen_place(request: Request, newest_ids: Sequence[int]) -> dict[str, Any]:
    """Return the template context of notifications, for groups with these newest ids, in order. As `place_in` for Home."""
    max_id, kept = query_number(request, "max_id"), query_number(request, "read")
    is_newest = max_id is None
    seen = request.seen_notification if is_newest or kept is None else kept
    # a filtered list says nothing about the other kinds
    is_all = not request.GET.get("show")
    place: dict[str, Any] = {"seen": seen, "reads": is_newest and is_all and bool(newest_ids)}
    if not seen or not newest_ids:
        return place
    is_below = newest_ids[-1] > seen
    line = next((newest for newest in newest_ids if newest <= seen), None)
    is_between = line is not None and (line != newest_ids[0] or (max_id is not None and max_id > seen))
    return place | {
        "line": line if is_between and is_all else None,
        "query": f"read={seen}" if is_below else "",
        "left_off": f"?max_id={seen + 1}&read={seen}" if is_newest and is_all and is_below else "",
    }


def read_number(request: Request, name: str) -> int:
    """Return the id of the last read item. Raises BadInput, also for a followed link, which would let others mark things as read."""
    typed = (request.POST if request.method == "POST" else request.GET).get(name, "")
    is_followed = request.method == "GET" and request.META.get("HTTP_SEC_FETCH_DEST", "image") != "image"
    if is_followed or not (typed.isascii() and typed.isdigit() and len(typed) < 20):
        raise BadInput(_("There is no such page."), status=400)
    return int(typed)


@methods("GET", "POST")
@signed_in
async def home_read(request: Request) -> HttpResponse:
    """Record up to where Home was read: requested by a picture in pages without scripts, posted by scripts."""
    await mark_home_read(identity=request.identity, post_id=read_number(request, "post"))
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
