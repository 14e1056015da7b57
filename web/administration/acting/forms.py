"""The fields that the forms of acts on people share."""

from core.asgi.request import Request
from users.moderation.services.presets import text_with


def report_of(request: Request) -> int | None:
    """Return the id of the report from which staff act. What is no id is no report's: the service finds none."""
    return _id_in(request, "report")


async def message_of(request: Request) -> str:
    """Return what staff say to the person: the prepared text that they chose, and what they wrote."""
    return await text_with(request.user, _id_in(request, "preset"), request.POST.get("message", ""))


def _id_in(request: Request, name: str) -> int | None:
    text = request.POST.get(name, "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
