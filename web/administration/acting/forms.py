"""The fields that the forms of acts on people share."""

from core.asgi.request import Request


def report_of(request: Request) -> int | None:
    """Return the id of the report from which staff act. What is no id is no report's: the service finds none."""
    text = request.POST.get("report", "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
