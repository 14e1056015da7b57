"""The buttons of a post. With htmx only the button is rendered again, otherwise the whole page.

The buttons are independent: pressing a second one while the first is in progress neither waits nor is lost.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy, pgettext

from activities.conversations import services as conversations
from activities.filters.models import FilterContext
from activities.filters.queries import with_warnings
from activities.posts.queries.counts import counts_of
from activities.posts.queries.posts import get_post
from activities.publishing.services import interactions
from activities.reactions.services import reacting
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from web.pages import (
    View,
    add_toast,
    is_htmx,
    next_path,
    page,
    redirect_with_message,
    render_partial,
    signed_in,
)
from web.paths import post_path
from web.templatetags.takahe import action_labels, short
from web.templatetags.times import for_machines

_MOST_COUNTED = 60  # posts per request
_ID = re.compile(r"[0-9]{1,18}")
_PLACE = re.compile(r"[0-9]{1,19}(?:-[0-9]{1,10})?")


def _button(action: Callable[..., Awaitable[Any]], sentence: str, kind: str = "", undo: str = "") -> View:
    @methods("POST")
    @signed_in
    async def press(request: Request, post_id: int) -> HttpResponse:
        await action(identity=request.identity, post_id=post_id)
        taken_back = path_to(undo, post_id=post_id) if undo else ""
        if not (kind and is_htmx(request)):
            return redirect_with_message(request, _back(request, post_id), sentence, undo=taken_back)
        try:
            shown = await get_post(post_id, request.identity)
        except NotFound:  # the undone action may be on a post that they may not see any more
            return redirect_with_message(request, _back(request, post_id), sentence)
        place = _place(request) or str(shown.id)
        context = {"shown": shown, "action": kind, "place": place}
        response = render_partial(request, "posts/actions/_pressed.html", context)
        if undo:
            add_toast(response, sentence, undo=f"{taken_back}?place={place}", back=f"#{kind}-{place}")
        return response

    return press


@methods("GET")
@signed_in
async def menu(request: Request, post_id: int) -> HttpResponse:
    """Show the less frequent actions on a post: in the menu loaded by htmx, without scripts as a page."""
    shown = (await get_post(post_id, request.identity)).shown
    group = request.GET.get("group", "")  # of the notification with the post
    if is_htmx(request):
        around = urlsplit(request.headers.get("HX-Current-URL", ""))
        context = {
            "shown": shown,
            "group": group,
            "next": f"{around.path}?{around.query}".removesuffix("?"),
        }
        return render_partial(request, "posts/actions/_menu.html", context)
    back = path_to("notifications") if group else post_path(request.domain, shown.author, shown.id)
    return page(request, "posts/actions/menu.html", {"shown": shown, "group": group, "next": back})


@methods("GET")
@signed_in
async def row(request: Request, post_id: int) -> HttpResponse:
    """Render a post or boost as a row of a timeline, for a page notified of a change (static/js/live/page.js)."""
    post = await with_warnings(
        await get_post(post_id, request.identity), request.identity, FilterContext.home
    )
    column = request.GET.get("column", "")
    context = {
        "post": post,
        "thread": "thread" in request.GET,
        "focus": "focus" in request.GET,
        "at": f"-{column}" if _PLACE.fullmatch(column) else "",
    }
    return render_partial(request, "posts/_post.html", context)


@methods("GET")
@signed_in
async def counts(request: Request) -> HttpResponse:
    """Return the counts of the posts `?ids=`, for an open page (static/js/live/counts.js): each as text, and as a label for screen
    readers.

    Also when they were edited, and which have polls, for pages that were offline.
    """
    ids = [int(one) for one in request.GET.get("ids", "").split(",") if _ID.fullmatch(one)]
    found = await counts_of(ids[:_MOST_COUNTED], request.identity)
    numbers = {
        str(one.post_id): {
            name: [short(count), count]
            for name, count in (("reply", one.replies), ("boost", one.boosts), ("like", one.likes))
        }
        for one in found
    }
    labels = {"reply": pgettext("verb", "Reply"), **action_labels("boost", "like")}
    edited = {str(one.post_id): for_machines(one.edited_at) for one in found if one.edited_at}
    polls = [str(one.post_id) for one in found if one.has_poll]
    response = JsonResponse({"labels": labels, "counts": numbers, "edited": edited, "polls": polls})
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _place(request: Request) -> str:
    """Return the page element that contains the button, if it is not the post's own: a boost of it, or one of several columns."""
    place = request.GET.get("place", "")
    return place if _PLACE.fullmatch(place) else ""


def _back(request: Request, post_id: int) -> str:
    """Return the page of the button, at its post."""
    path, _, anchor = next_path(request, path_to("home")).partition("#")
    return f"{path}#{anchor or 'post-' + (_place(request) or str(post_id))}"


def _reaction(action: Callable[..., Awaitable[Any]], sentence: str) -> View:
    @methods("POST")
    @signed_in
    async def press(request: Request, post_id: int) -> HttpResponse:
        await action(identity=request.identity, post_id=post_id, emoji=request.POST.get("emoji", ""))
        if is_htmx(request):
            shown = (await get_post(post_id, request.identity)).shown
            pressed = request.POST.get("emoji", "")
            context = {
                "shown": shown,
                "pressed": pressed,
                "chip_of_pressed": any(one.full_name == pressed for one in shown.reactions),
            }
            return render_partial(request, "posts/parts/_reaction_chips.html", context)
        return redirect_with_message(request, _back(request, post_id), sentence)

    return press


react = _reaction(reacting.react, gettext_lazy("Reaction added."))
unreact = _reaction(reacting.unreact, gettext_lazy("Reaction removed."))
like = _button(interactions.like, gettext_lazy("Liked."), "like")
unlike = _button(interactions.unlike, gettext_lazy("Like removed."), "like")
boost = _button(interactions.boost, gettext_lazy("Boosted."), "boost")
unboost = _button(interactions.unboost, gettext_lazy("Boost removed."), "boost")
bookmark = _button(interactions.bookmark, gettext_lazy("Bookmarked."), "bookmark", undo="posts-unbookmark")
unbookmark = _button(interactions.unbookmark, gettext_lazy("Bookmark removed."), "bookmark")
pin = _button(interactions.pin, gettext_lazy("Pinned to your profile."))
mute = _button(
    conversations.mute_thread, gettext_lazy("Conversation muted: you get no notifications from it.")
)
unmute = _button(conversations.unmute_thread, gettext_lazy("Conversation unmuted."))
lift = _button(interactions.lift, gettext_lazy("Moved to the top of your profile."))
unpin = _button(interactions.unpin, gettext_lazy("Unpinned from your profile."))
