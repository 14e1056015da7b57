"""The further posts of a thread in the compose form. Buttons of the form add, remove, restore and move them; static/js/writing/form/chains.js does
the same in the browser.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.utils.translation import gettext as _

from activities.media.queries import UploadView, own_uploads
from activities.publishing.services.drafts import MAX_CHAIN
from core.asgi.request import Request
from core.numbers import Number
from users.domains.limits import CEILINGS
from web.posts.compose_files import Files, media_field
from web.posts.compose_forms import PostForm

ACTIONS = frozenset({"add_post", "remove_post", "restore_post", "post_up", "post_down"})
_WRITTEN = ("chain", "warning", "bare")  # the fields of each part, with its place
_FIELDS = (*_WRITTEN, "media")  # the last: the ids of its files

type _Values = dict[str, str]


@dataclass(frozen=True)
class Part:
    """One further post, with its place among them from 1."""

    place: int
    text: BoundField
    warning: BoundField
    bare: BoundField
    files: list[tuple[UploadView, str, str]]  # as in Files.shown
    is_last: bool = False

    @property
    def media_field(self) -> str:
        return f"media_{self.place}"  # also of the blank one

    @property
    def buttons(self) -> list[tuple[str, str, str, bool, str]]:
        """The names, icons and words of its buttons, whether they are disabled, and the `focus` of an Arrangement that means them."""
        found = (
            ("post_up", "up", _("Move up"), False),
            ("post_down", "down", _("Move down"), self.is_last),
            ("remove_post", "cross", _("Remove"), False),
        )
        return [(*one, f"{one[0]}_{self.place}") for one in found]


@dataclass(frozen=True)
class Removed:
    """A part that was removed, as the form sends it again to restore it."""

    place: int
    values: _Values

    @property
    def sentence(self) -> str:
        return _("Post {number} removed.").format(number=Number(self.place + 1))


@dataclass
class Arrangement:
    """The parts after one of the actions, and the first post as one. `focus` is the name of the field or, with its place, of the button to go on with."""

    first: _Values
    parts: list[_Values]
    focus: str = ""
    removed: Removed | None = None

    @property
    def values(self) -> dict[str, str]:
        """The values of the form's fields, those of removed parts included."""
        blank = dict.fromkeys(_FIELDS, "")
        filled = [*self.parts, *[blank] * (MAX_CHAIN - len(self.parts))]
        return {"text": self.first["chain"], "content_warning": self.first["warning"]} | {
            f"{name}_{place}": part.get(name, "") for place, part in enumerate(filled, 1) for name in _WRITTEN
        }


async def placed(request: Request, attachment_ids: Sequence[int], said: Mapping[str, object]) -> Files:
    """Return the user's files among these that still exist, at the places that a draft names."""
    places = {
        number: place
        for place in range(1, MAX_CHAIN + 1)
        for number in _ids(str(said.get(media_field(place), "")))
    }
    return Files(await own_uploads(request.identity, attachment_ids), places=places)


async def arrange(request: Request, files: Files) -> Arrangement:
    """Return the parts of the submitted form after the action of its button, if that was one. Moves their files, too."""
    said = request.POST.dict()
    sent = [place for place in range(1, MAX_CHAIN + 1) if f"chain_{place}" in said or files.ids_at(place)]
    found = Arrangement(
        {
            "chain": said.get("text", ""),
            "warning": said.get("content_warning", ""),
            "media": " ".join(str(one) for one in files.ids),
        },
        [
            {name: said.get(f"{name}_{place}", "") for name in _WRITTEN}
            | {"media": " ".join(str(one) for one in files.ids_at(place))}
            for place in range(1, max(sent, default=0) + 1)
        ],
    )
    _act(found, said)
    first, known = _ids(found.first["media"]), {one.attachment.id: one for one in files.uploaded}
    named = {
        number: place for place, part in enumerate(found.parts, 1) for number in _ids(part.get("media", ""))
    }
    restored = [number for number in named if number not in known][: CEILINGS.files]
    known |= {one.attachment.id: one for one in await own_uploads(request.identity, restored)}
    files.places = {number: place for number, place in named.items() if number in known}
    files.uploaded = [known[number] for number in (*first, *files.places)]
    return found


def _act(found: Arrangement, said: Mapping[str, str]) -> None:
    parts, most = found.parts, len(found.parts)
    if "add_post" in said and most < MAX_CHAIN:
        parts.append({})
        found.focus = f"chain_{most + 1}"
    elif place := _place(said, "remove_post", most):
        removed = parts.pop(place - 1)
        if any(removed.get(name, "").strip() for name in ("chain", "warning", "media")):
            found.removed, found.focus = Removed(place, removed), "restore_post"
        else:
            found.focus = f"chain_{place - 1}" if place > 1 else "text"
    elif most < MAX_CHAIN and (place := _place(said, "restore_post", most + 1)):
        parts.insert(place - 1, {name: said.get(f"removed_{name}", "") for name in _FIELDS})
        found.focus = f"chain_{place}"
    elif place := _place(said, "post_up", most):
        _move(found, place, place - 1)
    elif place := _place(said, "post_down", most):
        _move(found, place, min(most, place + 1))


def parts_of(form: PostForm, files: Files, arrangement: Arrangement | None) -> list[Part]:
    """Return the further posts to show: as arranged, else those up to the last one that has anything."""
    places = range(1, MAX_CHAIN + 1)
    if arrangement is None:
        has_any = (
            form[f"chain_{one}"].value() or form[f"warning_{one}"].value() or files.ids_at(one)
            for one in places
        )
        last = max((place for place, is_there in zip(places, has_any, strict=True) if is_there), default=0)
    else:
        last = len(arrangement.parts)
    return [
        Part(
            place,
            form[f"chain_{place}"],
            form[f"warning_{place}"],
            form[f"bare_{place}"],
            files.shown_at(place),
            place == last,
        )
        for place in places[:last]
    ]


def blank_part(form: PostForm) -> Part:
    """Return the part that the script copies."""
    text, warning, bare = (form.fields[f"{name}_1"].get_bound_field(form, f"{name}_0") for name in _WRITTEN)
    return Part(0, text, warning, bare, [])


def set_focus(form: PostForm, arrangement: Arrangement) -> None:
    """Move the focus from the text to where the person was; that of buttons is in the template."""
    if not arrangement.focus:
        return
    form.fields["text"].widget.attrs.pop("autofocus", None)
    if arrangement.focus in form.fields:
        form.fields[arrangement.focus].widget.attrs["autofocus"] = True


def _move(found: Arrangement, start: int, place: int) -> None:
    if place == 0:
        _move_to_front(found)
        return
    found.parts.insert(place - 1, found.parts.pop(start - 1))
    is_up = place < start
    is_end = place == len(found.parts)  # there, the button to go further is disabled
    found.focus = f"post_{'up' if is_up or is_end else 'down'}_{place}"


def _move_to_front(found: Arrangement) -> None:
    """Let the second post change places with the first. Each post keeps its warning, also one that it has from the first."""
    first, part = found.first, found.parts[0]
    before, has_own = first["warning"], bool(part["warning"].strip() or part["bare"])
    own = {"warning": before, "bare": "" if before.strip() else "on"}
    found.first = {**part, "warning": part["warning"]} if has_own else {**part, "warning": before}
    found.parts[0] = {**first, **(own if has_own else {"warning": "", "bare": ""})}
    if has_own:
        for other in found.parts[1:]:
            if not other["warning"].strip() and not other["bare"]:
                other.update(own)
    found.focus = "text"


def _place(said: Mapping[str, str], button: str, most: int) -> int:
    """Return the place that a button of the form names, 0 if it was not pressed."""
    text = said.get(button, "")
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return place if place <= most else 0


def _ids(text: str) -> list[int]:
    return [int(one) for one in text.split() if one.isascii() and one.isdigit() and len(one) < 20]
