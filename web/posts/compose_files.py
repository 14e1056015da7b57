"""Files in the compose form: each is uploaded and kept, even if something else in the form is invalid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _
from msgspec.structs import replace

from activities.media.queries import UploadView, own_captions
from activities.media.services import uploads
from activities.media.services.captions import CaptionsChange
from activities.posts.queries.views import AttachmentView
from activities.publishing.services.drafts import MAX_CHAIN
from core.asgi.body import DEFAULT_LIMIT
from core.asgi.request import Request
from core.config import config
from core.errors import Invalid, NotFound, Problem
from core.media import limits
from core.media.captions import read_captions
from core.media.locations import ffmpeg, supported_types
from core.numbers import Number
from core.texts.languages import known_language
from users.domains.limits import CEILINGS, DEFAULTS, Limits
from users.domains.queries import limits_of
from users.logins.services.guess_limits import limit_tries
from web.error_messages import error_message

_UPLOADS, _WINDOW_S = 30, 30 * 60  # as in the API
_WAIT_S = 25.0


@dataclass
class Files:
    """Files of the form. `uploaded` are ready for the post, `problems` are the errors, `words` the descriptions of files that must be
    chosen again. `places` are those of files of further posts of a thread, from 1 (parts.py).
    """

    uploaded: list[UploadView] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    captions: dict[int, CaptionsChange] = field(default_factory=dict)  # of files that the edited post has
    spoken: dict[int, str] = field(default_factory=dict)  # the text of captions in the form (show_captions)
    refused_captions: dict[int, str] = field(default_factory=dict)  # why, by the id of their file
    most: int = DEFAULTS.files  # of one post

    @property
    def ids(self) -> list[int]:
        """The files of the first post."""
        return self.ids_at(0)

    def ids_at(self, place: int) -> list[int]:
        return [one.attachment.id for one in self.uploaded if self.places.get(one.attachment.id, 0) == place]

    @property
    def all_ids(self) -> list[int]:
        return [one.attachment.id for one in self.uploaded]

    @property
    def shown(self) -> list[tuple[UploadView, str, str]]:
        """The files of the first post with the text of their captions, and why these were refused."""
        return self.shown_at(0)

    def shown_at(self, place: int) -> list[tuple[UploadView, str, str]]:
        ids = self.ids_at(place)
        return [
            (one, self.spoken.get(number, ""), self.refused_captions.get(number, ""))
            for one in self.uploaded
            if (number := one.attachment.id) in ids
        ]

    @property
    def undescribed(self) -> list[str]:
        """The files without a description, as the form names them."""
        found = []
        for place in sorted({0, *self.places.values()}):
            for number, (one, _captions, _refused) in enumerate(self.shown_at(place), 1):
                if not one.attachment.description:
                    words = _("file {number} of post {place}") if place else _("file {number}")
                    found.append(words.format(number=Number(number), place=Number(place + 1)))
        return found

    @property
    def free(self) -> list[tuple[int, str]]:
        """Numbers of the rows of the form for further files, with the descriptions already entered."""
        numbers = range(len(self.ids) + 1, self.most + 1)
        words = [*self.words, *[""] * len(numbers)]
        return list(zip(numbers, words, strict=False))


def media_field(place: int) -> str:
    """Return the name of the fields with the files of a post of the form, 0 for the first."""
    return f"media_{place}" if place else "media"


def files_in(said: QueryDict, place: int) -> list[int]:
    """Return the ids of the files that the form names for one of its posts."""
    named = said.getlist(media_field(place))
    return [int(text) for text in named if text.isascii() and text.isdigit() and len(text) < 20][
        : CEILINGS.files
    ]


def requested_focus(request: Request, attachment_id: int) -> tuple[float, float] | None:
    """Return the focal point of a picture in the form; None if there is none."""
    try:
        return uploads.focus_of(request.POST.get(f"focus_{attachment_id}", ""))
    except Invalid:
        return None


def max_body_bytes(request: Request) -> int:
    """Return the size limit of the form in bytes: only signed-in users may upload files."""
    return DEFAULT_LIMIT if request.identity is None else config().max_body_mb * limits.MEGABYTE


def upload_limits(limits_of_domain: Limits) -> dict[str, object]:
    """Return the limits that the form shows."""
    return {
        "files": limits_of_domain.files,
        "image_mb": limits.IMAGE_BYTES // limits.MEGABYTE,
        "video_mb": min(limits.VIDEO_BYTES // limits.MEGABYTE, config().max_body_mb) if ffmpeg() else 0,
        "total_mb": config().max_body_mb,
        "description": limits.DESCRIPTION_CHARACTERS,
        "types": ",".join(supported_types()),
    }


async def save_uploads(request: Request, attached: Mapping[int, AttachmentView] | None = None) -> Files:
    """Store the files of the form. Return those of earlier attempts with their new descriptions, then the new ones.

    `attached` are those of the edited post: they change when the post is saved, not here.
    """
    files, attached = Files(), attached or {}
    files.most = (await limits_of(request.identity.domain_id)).files
    for place in range(MAX_CHAIN + 1):
        for attachment_id in files_in(request.POST, place):
            if attachment_id in files.all_ids:
                continue
            files.places[attachment_id] = place
            if attachment_id in attached:
                keep_attached(request, files, attached[attachment_id])
            else:
                await _keep(request, files, attachment_id)
    for number in range(1, files.most + 1):
        file = request.FILES.get(f"file_{number}")
        words = _description(request, files, f"new_description_{number}")
        if file is not None and file.name:
            await _add(request, files, file, words)
        elif words:
            files.words.append(words)
    for place in range(1, MAX_CHAIN + 1):
        for file in request.FILES.getlist(f"files_{place}"):
            await _add(request, files, file, "", place)
    if any(one.is_processing for one in files.uploaded) and not files.problems:
        new = [one for one in files.all_ids if one not in attached]
        ready = {
            one.attachment.id: one
            for one in await uploads.wait_until_ready(
                author=request.identity, attachment_ids=new, for_s=_WAIT_S
            )
        }
        files.uploaded = [ready.get(one.attachment.id, one) for one in files.uploaded]
    files.problems += [error_message(one.refusal) for one in files.uploaded if one.refusal]
    files.uploaded = [one for one in files.uploaded if not one.refusal]
    return files


async def show_captions(request: Request, files: Files, form: Form) -> None:
    """Put the captions into the form: as they were typed, else as they are. Refused ones get the focus. One query if a file has any."""
    if files.refused_captions:
        form.fields["text"].widget.attrs.pop("autofocus", None)
    if with_captions := [one.attachment.id for one in files.uploaded if one.attachment.captions]:
        files.spoken = await own_captions(request.identity, with_captions)
    for attachment_id in files.all_ids:
        if typed := request.POST.get(f"captions_{attachment_id}", "").strip():
            files.spoken[attachment_id] = typed


def keep_attached(request: Request, files: Files, item: AttachmentView) -> None:
    """Show a file of the post as in the form, unless it is to be removed."""
    if f"remove_{item.id}" in request.POST:
        return
    name, focus = f"description_{item.id}", requested_focus(request, item.id)
    words = _description(request, files, name) if name in request.POST else item.description
    focus_x, focus_y = focus or (item.focus_x, item.focus_y)
    changed = replace(item, description=words, focus_x=focus_x, focus_y=focus_y)
    if (captions := _captions(request, files, item.id)) is not None:
        files.captions[item.id] = captions
    files.uploaded.append(UploadView(changed, is_processing=False, refusal=None))


async def _keep(request: Request, files: Files, attachment_id: int) -> None:
    try:
        if f"remove_{attachment_id}" in request.POST:
            await _remove(request, attachment_id)
            return
        words = _description(request, files, f"description_{attachment_id}")
        captions = _captions(request, files, attachment_id)
        files.uploaded.append(
            await uploads.change_upload(
                author=request.identity,
                attachment_id=attachment_id,
                description=words,
                focus=requested_focus(request, attachment_id),
                captions=captions,
            )
        )
    except NotFound:
        files.problems.append(_("A file you chose is no longer available. Choose it again."))


async def _remove(request: Request, attachment_id: int) -> None:
    try:
        await uploads.remove_upload(author=request.identity, attachment_id=attachment_id)
    except Invalid as refused:
        if refused.code != "in_use":
            raise
        # of the scheduled post that this form changes: kept until the change is saved, then unreferenced


async def _add(request: Request, files: Files, file: UploadedFile, words: str, place: int = 0) -> None:
    if len(files.ids_at(place)) >= files.most:
        files.problems.append(
            _("{file}: a post can have {most} files.").format(file=file.name, most=files.most)
        )
        return
    try:
        await limit_tries(f"upload:{request.identity.pk}", _UPLOADS, _WINDOW_S)
        added = await uploads.upload(author=request.identity, file=file, description=words)
    except Problem as problem:
        files.problems.append(f"{file.name}: {error_message(problem)}")
        if words:
            files.words.append(words)
        return
    files.uploaded.append(added)
    files.places[added.attachment.id] = place


def _captions(request: Request, files: Files, attachment_id: int) -> CaptionsChange | None:
    """Return the captions in the form for a file, uploaded or typed; None if the form has none and had shown none."""
    if f"captions_remove_{attachment_id}" in request.POST:
        return CaptionsChange()
    file = request.FILES.get(f"captions_file_{attachment_id}")
    typed = request.POST.get(f"captions_{attachment_id}", "").strip()
    if not typed and (file is None or not file.name):
        return CaptionsChange() if f"captions_shown_{attachment_id}" in request.POST else None
    language = known_language(request.POST.get(f"captions_language_{attachment_id}", "")) or ""
    try:
        content = file.read(limits.CAPTIONS_BYTES + 1) if file is not None and file.name else typed.encode()
        return CaptionsChange(read_captions(content), language)
    except Invalid as problem:
        files.refused_captions[attachment_id] = error_message(problem)
        files.problems.append(files.refused_captions[attachment_id])
        return None


def _description(request: Request, files: Files, name: str) -> str:
    words = request.POST.get(name, "").strip()
    most = limits.DESCRIPTION_CHARACTERS
    if len(words) > most:
        files.problems.append(
            _("A description was longer than {most} characters. It was shortened.").format(most=Number(most))
        )
    return words[:most]
