"""The overview of the server, and its queues with failed work. Other administration pages are in people.py and domains.py."""

from pathlib import PurePosixPath
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

import stator
from activities.trends.queries import last_days
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.config import config
from core.errors import NotFound
from core.numbers import Number
from core.pages.addresses import path_to
from federation import queries as federation_reads
from users.moderation import queries as reads
from users.moderation import services as moderation
from users.statistics.queries import server_stats
from web.administration.attention import (
    failed_sentence,
    host_words,
    needing_attention,
    queue_words,
)
from web.pages import for_moderators, page, redirect_with_message

PAGE_SIZE = 50


def operators_page(
    request: Request, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of the section; `name` is the template's, and the tab's."""
    shared = {"section": PurePosixPath(name).name, "prints_mails": config().prints_mails}
    return page(request, f"administration/{name}.html", {**shared, **context}, status=status)


@methods("GET")
@for_moderators
async def overview(request: Request) -> HttpResponse:
    work, worker, days = await reads.waiting(), await stator.overview(), await last_days()
    context = {
        "sentences": needing_attention(work, worker, await federation_reads.host_queues()),
        "stats": await server_stats(),
        "waiting": work,
        "worker": worker,
        "running": sum(one.stopped_at is None for one in worker.workers),
        "week": {
            name: [getattr(day, name) for day in days] for name in ("posts", "logins", "people", "reports")
        },
    }
    return operators_page(request, "overview/overview", context)


@methods("GET")
@for_moderators
async def queues(request: Request) -> HttpResponse:
    worker = await stator.overview()
    shown = [queue for queue in worker.queues if queue.kind in {"active", "failure"}]
    context = {
        "queues": shown,
        "failures": [failed_sentence(one) for one in shown if one.kind == "failure" and one.waiting],
        "moving": [
            (one, queue_words(one)) for one in shown if one.kind == "active" and (one.due or one.waiting)
        ],
        "hosts": [(host, host_words(host)) for host in await federation_reads.host_queues()],
        "inbox": await federation_reads.inbox_stats(),
        "failed_messages": await federation_reads.failed_messages(limit=20),
        "refusals": await federation_reads.recent_refusals(limit=PAGE_SIZE),
    }
    return operators_page(request, "queues/queues", context)


@methods("GET")
@for_moderators
async def failed(request: Request, model: str) -> HttpResponse:
    try:
        rows = await stator.failed_rows(model, before=request.GET.get("before") or None, limit=PAGE_SIZE)
    except stator.GraphError as error:
        raise NotFound(_("There is no such queue."), detail=str(error)) from error
    older = rows[-1].pk if len(rows) >= PAGE_SIZE else None
    context = {
        "model": model,
        "title": _(stator.title_of(model)),
        "rows": rows,
        "older": older,
        "section": "queues",
    }
    return operators_page(request, "queues/failed", context)


@methods("POST")
@for_moderators
async def retry(request: Request, model: str) -> HttpResponse:
    pk = request.POST.get("pk") or None
    count = await moderation.retry_failed(moderator=request.user, model=model, pk=pk)
    return redirect_with_message(
        request, path_to("admin-queue", model=model), _("Retrying: {count}.").format(count=Number(count))
    )
