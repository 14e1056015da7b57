"""A form that can't be executed as it was sent: its words are shown, and can be sent again in one press."""

from django.http import HttpResponse

from core.asgi import Failure, Request
from users.middleware import ACTING_AS
from users.views.page import next_path, page

KEPT_PATH = "kept_path"
_KEPT_FILES = "kept_files"
_KEPT = "kept:"
_SIGN_IN = "/sign-in"
_COMPOSER = "/compose"
_OWN = frozenset({"csrfmiddlewaretoken", ACTING_AS, KEPT_PATH, _KEPT_FILES, "only_upload"})
_LONGEST_SHOWN = 60  # characters; longer values are words that somebody typed


def show(request: Request, failure: Failure) -> HttpResponse:
    """Render what was sent. Somebody who is signed out signs in on the same page, and sends it then."""
    path, fields = request.get_full_path(), _sent(request)
    if request.path == _SIGN_IN:  # the sign-in was refused: what it was to be followed by is still to be sent
        path, fields = _kept_path(request), _kept(request)
    return _page(request, path, fields, failure.sentence, failure.status)


def show_kept(request: Request) -> HttpResponse | None:
    """Render the form that was kept on the sign-in page; None when there was none."""
    path = _kept_path(request)
    if not path:
        return None
    return _page(request, path, _kept(request), "You are signed in again. Nothing was done yet.", 200)


def _sent(request: Request) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in _OWN and not name.startswith(_KEPT) and not _is_secret(name)
    ]


def _kept_path(request: Request) -> str:
    """Where the kept form goes: a path of this site, or empty."""
    path = request.POST.get(KEPT_PATH, "")
    return "" if not path.startswith("/") or path.startswith(("//", "/\\")) else path


def _kept(request: Request) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(_KEPT), str(value))
        for name, values in request.POST.lists()
        for value in values
        if name.startswith(_KEPT)
    ]


def kept_fields(request: Request) -> list[tuple[str, str]]:
    """Return what the sign-in page holds for `show_kept`, to be written into its form again when the password was wrong."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name in {KEPT_PATH, _KEPT_FILES} or name.startswith(_KEPT)
    ]


def _page(
    request: Request, path: str, fields: list[tuple[str, str]], sentence: str, status: int
) -> HttpResponse:
    words = [
        value for _, value in fields if len(value) > _LONGEST_SHOWN or "\n" in value or " " in value.strip()
    ]
    context = {
        "sentence": sentence,
        "path": path,
        "fields": fields,
        "words": words,
        "next": next_path(request, ""),
        "is_post": path.partition("?")[0] == _COMPOSER,
        "had_files": _KEPT_FILES in request.POST or any(file.size for file in request.FILES.values()),
    }
    return page(request, "users/stale.html", context, status=status)


def _is_secret(name: str) -> bool:
    return "password" in name or name == "current"
