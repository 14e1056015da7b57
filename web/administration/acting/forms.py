"""Fields shared by the forms of acts on users."""

from typing import TypedDict

from django import forms
from django.http import HttpResponse

from core.asgi.request import Request
from core.pages.addresses import path_to
from users.logins.models import User
from users.moderation import services as moderation
from users.moderation.services.presets import text_with
from web.idempotency import IdempotentForm
from web.pages import next_path, redirect_with_message


class NoteForm(IdempotentForm):
    """A note for other staff."""

    text = forms.CharField(max_length=moderation.MAX_NOTE_LENGTH)


class ActOnPerson(TypedDict):
    moderator: User
    identity_id: int
    message: str
    report_id: int | None


async def act_on(request: Request, person_id: int) -> ActOnPerson:
    """Return the arguments shared by the services of acts on users: the actor, the target, the texts and the report.

    An invalid report id is passed on: the service finds no such report.
    """
    return {
        "moderator": request.user,
        "identity_id": person_id,
        "message": await message_of(request),
        "report_id": id_in(request, "report"),
    }


def back_to_person(request: Request, person_id: int, words: str, *, kind: str = "good") -> HttpResponse:
    """Redirect to the page from which staff acted, by default that of the user, and show a notice there."""
    back = next_path(request, path_to("admin-person", person_id=person_id))
    return redirect_with_message(request, back, words, kind=kind)


async def message_of(request: Request) -> str:
    """Return the message to the user: the chosen prepared text, followed by what was typed."""
    return await text_with(request.user, id_in(request, "preset"), request.POST.get("message", ""))


def id_in(request: Request, name: str) -> int | None:
    """Return the id in a field of the form; None if it is empty, 0 if it is no id."""
    text = request.POST.get(name, "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
