"""Catching up: missed posts of the home timeline, in an order of the reader's choice."""

import datetime as dt

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.markers.queries import marked_at
from activities.markers.services import set_marker
from activities.timelines.queries.catch_up import Order, catch_up
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.ids import lowest_id_at
from core.pages.addresses import path_to
from web.pages import page, query_number, redirect_with_message, signed_in
from web.paging import PAGE_SIZE

_MAX_OFFSET = 200
_LAST = "last"
_HOURS = [
    ("6", gettext_lazy("6 hours")),
    ("24", gettext_lazy("Day")),
    ("72", gettext_lazy("3 days")),
    ("168", gettext_lazy("Week")),
]
_ORDERS = [
    (Order.boosts.value, gettext_lazy("Boosts and likes")),
    (Order.author.value, gettext_lazy("Author")),
    (Order.length.value, gettext_lazy("Length")),
    (Order.oldest.value, gettext_lazy("Oldest first")),
]


class CatchUpForm(forms.Form):
    since = forms.ChoiceField(label=gettext_lazy("The last"), choices=_HOURS)
    by = forms.ChoiceField(label=gettext_lazy("Sorted by"), choices=_ORDERS)


@methods("GET", "POST")
@signed_in
async def show(request: Request) -> HttpResponse:
    """Show the missed posts, or record that they were seen."""
    if request.method == "POST":
        return await _caught_up(request)
    last = await marked_at(request.identity, "catch_up")
    form = CatchUpForm(
        {
            "since": request.GET.get("since", _LAST if last else "24"),
            "by": request.GET.get("by", Order.boosts.value),
        }
    )
    if last is not None:
        form.fields["since"].choices = [(_LAST, _("Since I caught up")), *_HOURS]
    offset = min(query_number(request, "offset") or 0, _MAX_OFFSET)
    posts = []
    if form.is_valid():
        wanted = form.cleaned_data["since"]
        since = last if wanted == _LAST else clock.now() - dt.timedelta(hours=int(wanted))
        assert since is not None
        posts = await catch_up(
            request.identity,
            since=since,
            order=Order(form.cleaned_data["by"]),
            limit=PAGE_SIZE,
            offset=offset,
        )
    context = {
        "form": form,
        "posts": await apply_filters(posts, request.identity, FilterContext.home),
        "older": offset + PAGE_SIZE if len(posts) >= PAGE_SIZE and offset < _MAX_OFFSET else None,
        "pager": "offset",
        "query": f"since={form['since'].value()}&by={form['by'].value()}" if form.is_valid() else "",
        "empty": _("You missed nothing during this time."),
    }
    return page(request, "timelines/catch_up/catch_up.html", context, status=422 if form.errors else 200)


async def _caught_up(request: Request) -> HttpResponse:
    await set_marker(identity=request.identity, timeline="catch_up", last_read_id=lowest_id_at(clock.now()))
    return redirect_with_message(request, path_to("home"), _("You are caught up."))
