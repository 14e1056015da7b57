"""Drafts stored on the server: a list of them, and autosaving the composer's form."""

from contextlib import suppress

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from activities.media.services.uploads import change_upload
from activities.publishing.services.drafts import MAX_CHAIN
from activities.saved_drafts import services as saved_drafts
from activities.saved_drafts.models import SavedDraft
from activities.saved_drafts.queries import draft_of_reply, drafts_of, own_draft
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotAllowed, NotFound, Problem
from core.media.limits import DESCRIPTION_CHARACTERS
from core.pages.addresses import path_to
from users.domains.limits import CEILINGS
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page
from web.posts.compose_files import files_in, media_field, requested_focus
from web.posts.compose_forms import PostForm

_NOT_KEPT = {"once", "draft", "alone", "undescribed", "saved_draft", "scheduled"}
# without any of these there is nothing to save
_WORDS = (
    "text",
    "content_warning",
    *(f"option_{number}" for number in range(1, 5)),
    *(f"chain_{number}" for number in range(1, MAX_CHAIN + 1)),
)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def fields_of(request: Request, files: list[int]) -> dict[str, str]:
    """Return the fields of the composer that a draft stores, as typed, with the places of these files in a thread."""
    places = {
        media_field(place): " ".join(str(one) for one in files_in(request.POST, place) if one in files)
        for place in range(1, MAX_CHAIN + 1)
    }
    return {
        name: request.POST[name]
        for name in PostForm(limits=CEILINGS).fields
        if name in request.POST and name not in _NOT_KEPT
    } | {name: ids for name, ids in places.items() if ids}


async def save(request: Request, files: list[int]) -> int | None:
    """Save the composer's form as its draft, or a new one; delete that draft if the form is empty.

    Returns its id, or None if nothing is saved. Raises NotFound for a draft that was posted or deleted in the meantime, and Invalid.
    """
    fields, known = fields_of(request, files), _number(request.POST.get("saved_draft", ""))
    once = request.POST.get("once", "")[:64].replace("\0", "")
    if not files and not any(fields.get(name, "").strip() for name in _WORDS):
        await saved_drafts.delete_draft(author=request.identity, draft_id=known, once=once)
        return None
    return await saved_drafts.save_draft(
        author=request.identity, fields=fields, files=files, draft_id=known, once=once
    )


async def _described(request: Request, attachment_ids: list[int]) -> list[int]:
    """Store the descriptions in the form for the user's files among these, and return those that still exist."""
    there = []
    for attachment_id in attachment_ids:
        words = request.POST.get(f"description_{attachment_id}")
        try:
            await change_upload(
                author=request.identity,
                attachment_id=attachment_id,
                description=None if words is None else words.strip()[:DESCRIPTION_CHARACTERS],
                focus=requested_focus(request, attachment_id),
            )
        except NotFound:  # removed, on a post that was sent from another page, or never the user's
            continue
        there.append(attachment_id)
    return there


async def keep_choices(request: Request, form: PostForm) -> None:
    """Keep a draft's values that are not among the form's choices."""
    number = _number(str(form["saved_draft"].value() or ""))
    if number is None:
        return
    with suppress(NotFound, NotAllowed):  # posted from another page, or somebody else's
        form.keep_choices((await own_draft(request.identity, number)).fields)


@methods("GET")
@signed_in
async def drafts(request: Request) -> HttpResponse:
    rows = await drafts_of(request.identity, requested_page(request))
    context = {
        "items": [{"row": row} for row in rows],
        "most": saved_drafts.MAX_DRAFTS,
        "older": rows[-1].pk if len(rows) >= PAGE_SIZE else None,
    }
    return page(request, "posts/unsent/drafts.html", context)


@methods("POST")
@signed_in
async def autosave(request: Request) -> HttpResponse:
    """Save the form while the user types (static/js/writing/form/drafts.js), and answer `{"id": "…"}`, or `{"error": "…"}` with a message."""
    named = [one for place in range(MAX_CHAIN + 1) for one in files_in(request.POST, place)]
    try:
        draft_id = await save(request, await _described(request, named))
    except Problem as problem:
        return JsonResponse({"error": error_message(problem)}, status=problem.status)
    return JsonResponse({"id": "" if draft_id is None else str(draft_id)})


@methods("POST")
@signed_in
async def delete(request: Request, draft_id: int) -> HttpResponse:
    await saved_drafts.delete_draft(author=request.identity, draft_id=draft_id)
    return redirect_with_message(request, path_to("drafts"), _("Draft deleted."))


async def begun(request: Request) -> SavedDraft | None:
    """Return the saved draft of the reply that `/compose?reply_to=` opens, which may be from another device."""
    answered = _number(request.GET.get("reply_to", "")) if request.method == "GET" else None
    return None if answered is None else await draft_of_reply(request.identity, answered)


async def opened(request: Request) -> SavedDraft | None:
    """Return the draft of `/compose?draft=`. Raises NotFound if it does not exist."""
    wanted = request.GET.get("draft", "")
    if not wanted:
        return None
    number = _number(wanted)
    if number is None:
        raise NotFound(code="draft_not_found")
    return await own_draft(request.identity, number)
