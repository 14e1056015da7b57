"""The overview of the server, and its queues with failed work. Other administration pages are in people.py and domains.py."""

from pathlib import PurePosixPath
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

import stator
from activities.measures.queries.progress import read_work, work_for
from activities.retention.queries import RETENTION_COLUMN, horizons, read_pass
from activities.shelter.queries.held import HELD
from activities.trends.queries import last_days
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.backups.standing import STANDING_COLUMN, read_standing
from core.config import config
from core.db.sql import Sql
from core.errors import NotFound
from core.numbers import Number
from core.pages.addresses import path_to
from federation import queries as federation_reads
from users.moderation import queries as reads
from users.moderation import services as moderation
from users.roles.models import Permission, Scope
from users.statistics.queries import server_stats, stats_of_domains
from users.troubles.queries import read_troubles, troubles_for
from web.administration.attention import (
    backup_sentences,
    failed_sentence,
    held_for_decision,
    host_words,
    needing_attention,
    queue_words,
    waiting_for,
)
from web.administration.closing.progress import in_progress
from web.pages import for_any_staff, for_server_staff, page, redirect_with_message

PAGE_SIZE = 50


def operators_page(
    request: Request, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of the section; `name` is that of the template and of the tab."""
    prints_mails = config().prints_mails and request.user.may(Permission.view_devops)
    shared = {"section": PurePosixPath(name).name, "prints_mails": prints_mails}
    return page(request, f"administration/{name}.html", {**shared, **context}, status=status)


@methods("GET")
@for_any_staff
async def overview(request: Request) -> HttpResponse:
    """Show what needs the reader's attention, what acts of staff left to the worker, the stats of the domains they manage, and to operators the state of workers and jobs."""
    user = request.user
    parts = (
        HELD if user.may(Permission.manage_reports) else reads.NOTHING,
        work_for(user),
        troubles_for(user),
        Sql(STANDING_COLUMN) if user.may(Permission.administrator) else reads.NOTHING,
        Sql(RETENTION_COLUMN) if user.may(Permission.view_devops) else reads.NOTHING,
    )
    work = await reads.waiting(user, Sql.of(", ".join(f"{part}" for part in parts), *parts))
    held_posts, left_work, troubles, backup_runs, old_posts = work.more
    context: dict[str, Any] = {"sentences": waiting_for(work), "waiting": work}
    if user.may(Permission.view_devops):
        worker = await stator.overview()
        context |= {
            "sentences": needing_attention(
                work, worker, await federation_reads.host_queues(), read_troubles(troubles)
            ),
            "worker": worker,
            "running": sum(one.stopped_at is None for one in worker.workers),
            "retention": {
                "until": horizons().others,
                "days": config().remote_posts_days,
                "followed_days": config().followed_posts_days,
                "last": read_pass(old_posts),
            },
        }
    if user.may(Permission.administrator):
        backups = read_standing(backup_runs)
        context |= {"backups": backups, "sentences": backup_sentences(backups) + context["sentences"]}
    context["sentences"] += held_for_decision(held_posts)
    context["progress"] = in_progress(user, read_work(left_work))
    return operators_page(
        request, "overview/overview", context | await _stats(user.scope(Permission.view_dashboard))
    )


@methods("GET")
@for_any_staff
async def sections(request: Request) -> HttpResponse:
    """List the sections, for screens too small to show them beside each page."""
    return operators_page(request, "overview/sections", {})


async def _stats(scope: Scope) -> dict[str, Any]:
    if scope == frozenset():
        return {}
    days = await last_days(scope)
    week = {name: [getattr(day, name) for day in days] for name in ("posts", "logins", "people", "reports")}
    if scope is None:
        return {"week": week, "server": await server_stats()}
    return {"week": week, "domains": await stats_of_domains(scope)}


@methods("GET")
@for_server_staff(Permission.view_devops)
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
@for_server_staff(Permission.view_devops)
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
@for_server_staff(Permission.view_devops)
async def retry(request: Request, model: str) -> HttpResponse:
    pk = request.POST.get("pk") or None
    count = await moderation.retry_failed(moderator=request.user, model=model, pk=pk)
    return redirect_with_message(
        request, path_to("admin-queue", model=model), _("Retrying: {count}.").format(count=Number(count))
    )
