"""The fields that the forms of acts on people share."""

from typing import TypedDict

from django.http import HttpResponse

from core.asgi.request import Request
from core.pages.addresses import path_to
from users.logins.models import User
from users.moderation.services.presets import text_with
from web.pages import next_path, redirect_with_message


class ActOnPerson(TypedDict):
    moderator: User
    identity_id: int
    message: str
    report_id: int | None


async def act_on(request: Request, person_id: int) -> ActOnPerson:
    """Return what the services of acts on people have in common: who acts on whom, in which words and from which report.

    What is no id of a report is no report's: the service finds none.
    """
    return {
        "moderator": request.user,
        "identity_id": person_id,
        "message": await message_of(request),
        "report_id": _id_in(request, "report"),
    }


def back_to_person(request: Request, person_id: int, words: str, *, kind: str = "good") -> HttpResponse:
    """Redirect to where staff acted from, by default the page of the person, and show a notice there."""
    back = next_path(request, path_to("admin-person", person_id=person_id))
    return redirect_with_message(request, back, words, kind=kind)


async def message_of(request: Request) -> str:
    """Return what staff say to the person: the prepared text that they chose, and what they wrote."""
    return await text_with(request.user, _id_in(request, "preset"), request.POST.get("message", ""))


def _id_in(request: Request, name: str) -> int | None:
    text = request.POST.get(name, "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
