"""Expired forms: their contents are shown, and can be submitted again with one press."""

from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.asgi import Failure, Request
from core.pages.addresses import path_to
from web.error_messages import message_of
from web.middleware import ACTING_AS
from web.pages import next_path, page

STORED_PATH = "kept_path"
_KEPT_FILES = "kept_files"
_KEPT = "kept:"
_SIGN_IN = ("sign-in", "sign-in-code", "sign-in-passkey")
# besides passwords: codes, and hidden fields with the secret of an authenticator app or a proof of the password
_SECRETS = frozenset({"current", "code", "recovery_code", "proof", "token", "credential"})
_OWN = frozenset({"csrfmiddlewaretoken", ACTING_AS, STORED_PATH, _KEPT_FILES, "only_upload"})
_MAX_SHOWN_LENGTH = 60  # characters; longer values are text that a user typed
_LABELS = {
    "text": pgettext_lazy("noun", "Post"),
    "content_warning": gettext_lazy("Content warning"),
    "description": gettext_lazy("Picture description"),
    "new_description": gettext_lazy("Picture description"),
    "option": gettext_lazy("Option"),
    "comment": gettext_lazy("Comment"),
    "summary": gettext_lazy("About you"),
}


def show(request: Request, failure: Failure) -> HttpResponse:
    """Render the submitted values of an expired form. Signed-out users sign in on the same page, then submit again."""
    path, fields = request.get_full_path(), _sent(request)
    # the sign-in failed: keep the form that follows it
    if request.path in {path_to(step) for step in _SIGN_IN}:
        path, fields = _kept_path(request), _kept(request)
    sentence = message_of(failure.error, failure.sentence)
    return _page(request, path, fields, sentence, failure.status)


def show_stored_form(request: Request) -> HttpResponse | None:
    """Render the form that was carried through the sign-in page; None if there was none."""
    path = _kept_path(request)
    if not path:
        return None
    return _page(request, path, _kept(request), _("You are signed in. Nothing was sent yet."), HTTPStatus.OK)


def _sent(request: Request) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in _OWN and not name.startswith(_KEPT) and not _is_secret(name)
    ]


def _kept_path(request: Request) -> str:
    """Return the path to which the kept form is submitted, on this site, or ""."""
    path = request.POST.get(STORED_PATH, "")
    return "" if not path.startswith("/") or path.startswith(("//", "/\\")) else path


def _kept(request: Request) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(_KEPT), str(value))
        for name, values in request.POST.lists()
        for value in values
        if name.startswith(_KEPT)
    ]


def stored_fields(request: Request) -> list[tuple[str, str]]:
    """Return the fields that the sign-in page keeps for `show_stored_form`, to be repeated in its form after a wrong password."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name in {STORED_PATH, _KEPT_FILES} or name.startswith(_KEPT)
    ]


class SubmittedText(NamedTuple):
    """A submitted text, shown to be read or copied."""

    label: str
    text: str
    is_long: bool


def _page(
    request: Request, path: str, fields: list[tuple[str, str]], sentence: str, status: int
) -> HttpResponse:
    is_post = path.partition("?")[0] == path_to("compose")
    if request.user is None and path:
        sentence = _("Your session ended before this was sent. Sign in and you can send it.")
        if is_post:
            sentence = _("Your session ended before this was posted. Sign in and you can send it.")
    context = {
        "sentence": sentence,
        "is_ready": status == HTTPStatus.OK,
        "path": path,
        "fields": fields,
        "words": [words for name, value in fields if (words := _words(name, value))],
        "visibility": dict(fields).get("visibility", "") if is_post else "",
        "next": next_path(request, ""),
        "is_post": is_post,
        "had_files": _KEPT_FILES in request.POST
        or request.has_dropped_files
        or any(file.size for file in request.FILES.values()),
    }
    return page(request, "accounts/expired_form.html", context, status=status)


def _words(name: str, value: str) -> SubmittedText | None:
    """Return a field for display; None if the user did not type it."""
    is_long = len(value) > _MAX_SHOWN_LENGTH or "\n" in value
    plain = name.rstrip("0123456789").rstrip("_")
    label = _LABELS.get(plain)
    if not value.strip() or (label is None and not is_long and " " not in value.strip()):
        return None
    return SubmittedText(label or plain.replace("_", " ").capitalize(), value, is_long or plain == "text")


def _is_secret(name: str) -> bool:
    return "password" in name or name in _SECRETS
