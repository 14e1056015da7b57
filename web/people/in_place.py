"""Answers to the buttons of a profile that leave the page where it is: its buttons and counts as they are now, with a toast."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.request import Request
from core.errors import NotFound
from users.identities.queries.profiles import load_profile
from users.relations.queries.relationships import relationships
from web.pages import add_toast, is_htmx, redirect_with_message, render_partial
from web.paths import name_on, profile_path


def is_on_profile(request: Request) -> bool:
    """Tell whether an open profile asks, or the Undo button of its toast."""
    return is_htmx(request) and ("on_profile" in request.POST or "on_profile" in request.GET)


async def answer_on_profile(
    request: Request, person_id: int, text: str, *, undo: str = "", is_mute: bool = False, hides: str = ""
) -> HttpResponse:
    """Render the buttons of a profile, the pressed one with the focus. `undo` is the path that takes the press back."""
    person = await load_profile(person_id)
    if person is None:
        raise NotFound(_("There is nobody with this number here."))
    context = {
        "person": person,
        "relationship": (await relationships(request.identity, [person_id]))[0],
        "base_path": profile_path(request.domain, person),
        "handle": name_on(request.domain, person),
        "is_pressed": True,
        "is_at_mute": is_mute,
    }
    response = render_partial(request, "people/profile/_pressed.html", context)
    joint = "&" if "?" in undo else "?"
    more = {"undo": f"{undo}{joint}on_profile=yes", "back": "#relationship"} if undo else {}
    add_toast(response, text, **more, **({"hides": hides} if hides else {}))
    return response


async def redirect_or_answer(request: Request, path: str, person_id: int, text: str) -> HttpResponse:
    """Redirect with a message, or answer an open profile."""
    if is_on_profile(request):
        return await answer_on_profile(request, person_id, text)
    return redirect_with_message(request, path, text)
