"""Listing, adding, changing and removing rules on incoming posts; the posts that they hold."""

import datetime as dt

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.publishing.services.sheltering import drop_posts, release_posts
from activities.shelter.models import MAX_AUTHORS, ShelterRule, TrialGraph
from activities.shelter.queries import held as held_reads
from activities.shelter.queries import rules as reads
from activities.shelter.queries import trials
from activities.shelter.queries.files import PostFiles, files_for_staff, rules_with_hashes
from activities.shelter.services.rules import remove_rule
from activities.shelter.services.trials import start_trial
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from users.roles.models import Permission
from web.administration.overview import PAGE_SIZE, operators_page
from web.administration.shelter.forms import (
    ACTIONS,
    MODES,
    ShelterForm,
    initial_for_files,
    initial_of,
    with_files,
)
from web.error_messages import add_error
from web.idempotency import create_from
from web.pages import for_server_staff, query_number, redirect_with_message, ticked_ids
from web.ticked import MOST_TICKED, act_on_ticked

_AUTHORS = 5  # of a trial, by name
_DECISIONS = {"release": release_posts, "drop": drop_posts}


@methods("GET")
@for_server_staff(Permission.manage_federation)
async def rules(request: Request) -> HttpResponse:
    found = await reads.rules(Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id")))
    context = {
        "rules": [(rule, MODES[rule.mode], ACTIONS[rule.action]) for rule in found],
        "older": found[-1].pk if len(found) == PAGE_SIZE else None,
        "held": await held_reads.count_held(),
        "section": "shelter",
    }
    return operators_page(request, "shelter/rules", context)


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def new(request: Request) -> HttpResponse:
    """Add a rule; with `?post=`, on the files of that post."""
    found = await _files(request)
    form = ShelterForm(request.POST or None, initial=initial_for_files(found) if found else None)
    if await create_from(
        request,
        form,
        ShelterRule,
        lambda row_id: form.create(request.user, row_id),
        expected=Problem,
        otherwise="phrases",
    ):
        return redirect_with_message(request, path_to("admin-shelter"), _("Rule saved."))
    others = await rules_with_hashes() if found else []
    context = {"form": form, "section": "shelter", "files": found, "others": others}
    return operators_page(request, "shelter/rule", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def rule(request: Request, shelter_id: int) -> HttpResponse:
    """Show a rule with its latest matches and the result of its trial, and change it; `?post=` adds the files of a post to the form."""
    found = await reads.rule_with_id(shelter_id)
    files, initial = await _files(request), initial_of(found)
    form = ShelterForm(request.POST or None, initial=with_files(initial, files) if files else initial)
    if request.method == "POST" and form.is_valid():
        try:
            await form.change(request.user, shelter_id)
        except Problem as problem:
            add_error(form, problem, otherwise="phrases")
        else:
            return redirect_with_message(request, path_to("admin-shelter"), _("Rule saved."))
    context = {"form": form, "rule": found, "section": "shelter", "matched": found.examples, "files": files}
    if (trial := await trials.trial_of(shelter_id)) is not None:
        days = [(dt.date.fromisoformat(day), count) for day, count in sorted(trial.by_day.items())]
        authors = sorted(trial.by_author.items(), key=lambda one: -one[1])
        context |= {
            "trial": trial,
            "is_running": trial.state == TrialGraph.running,
            "share": trials.share_done(trial),
            "days": days,
            "authors": authors[:_AUTHORS],
            "author_count": len(authors),
            "all_authors": len(authors) < MAX_AUTHORS,
        }
    return operators_page(request, "shelter/rule", context, status=422 if form.errors else 200)


async def _files(request: Request) -> PostFiles | None:
    post_id = query_number(request, "post")
    if post_id is None:
        return None
    return await files_for_staff(request.identity, post_id, report_id=query_number(request, "report"))


@methods("POST")
@for_server_staff(Permission.manage_federation)
async def try_it(request: Request, shelter_id: int) -> HttpResponse:
    """Start the trial of a rule on the last week."""
    await start_trial(moderator=request.user, rule_id=shelter_id)
    path = path_to("admin-shelter-rule", shelter_id=shelter_id)
    return redirect_with_message(request, f"{path}#week", _("The posts of the last week are being compared."))


@methods("POST")
@for_server_staff(Permission.manage_federation)
async def remove(request: Request, shelter_id: int) -> HttpResponse:
    await remove_rule(moderator=request.user, rule_id=shelter_id)
    said = _("Rule removed. The posts that it holds are still held.")
    return redirect_with_message(request, path_to("admin-shelter"), said)


@methods("GET")
@for_server_staff(Permission.manage_reports)
async def held(request: Request) -> HttpResponse:
    """Show the posts that wait for a decision, newest first."""
    found = await held_reads.held_posts(
        request.identity, Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id"))
    )
    context = {
        "items": found,
        "older": found[-1].post.id if len(found) == PAGE_SIZE else None,
        "section": "shelter",
    }
    return operators_page(request, "shelter/held", context)


@methods("POST")
@for_server_staff(Permission.manage_reports)
async def decide(request: Request) -> HttpResponse:
    """Release or delete the selected posts."""
    act = _DECISIONS.get(request.POST.get("action", ""))
    if act is None:
        raise NotFound

    async def decide_one(post_id: int) -> None:
        await act(moderator=request.user, post_ids=[post_id])

    ids = ticked_ids(request, "post", most=MOST_TICKED)
    return await act_on_ticked(request, ids, decide_one, "admin-shelter-held")
