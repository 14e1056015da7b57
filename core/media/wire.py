"""The messages between the server and its child process: JSON over a pipe."""

from typing import Literal

import msgspec

from core.errors import Invalid


class Job(msgspec.Struct, tag=True, kw_only=True):
    """`root` is the folder of the storage; the file to be read is passed as an open descriptor, if there is one."""

    root: str


class TakeImage(Job, kw_only=True):
    """Make an image harmless and keep it, with its preview. An animated GIF is kept as it came, for the worker."""

    reader: str
    may_convert: bool


class TakePreview(Job, kw_only=True):
    """Make a custom preview of an image."""

    reader: str


class TakePicture(Job, kw_only=True):
    """Make an avatar or a header: cut to its size."""

    reader: str
    width: int
    height: int


class TakeEmoji(Job, kw_only=True):
    """Make a custom emoji, and a version that keeps still when it moves."""

    reader: str


class TakePack(Job, kw_only=True):
    """Convert all emoji in a kept archive."""

    raw: str


class PackEntry(msgspec.Struct, kw_only=True):
    """An emoji of a pack. `problem` is the code of the reason why it has no file."""

    shortcode: str
    category: str = ""
    file: str = ""
    static_file: str = ""
    problem: str = ""


class WritePack(Job, kw_only=True):
    """Write stored emoji into a new archive."""

    name: str
    entries: list[PackEntry]


class TakeRaw(Job):
    """Keep the file as it came, for the worker."""


class Convert(Job, kw_only=True):
    """Make the video, sound or animation in a kept raw file harmless with ffmpeg."""

    raw: str
    reader: str
    ffmpeg: str
    keeps_preview: bool


class Remove(Job, kw_only=True):
    names: list[str]


class ListOld(Job, kw_only=True):
    after: str
    limit: int
    older_than_s: float


class Measure(Job):
    """Add up the sizes of all stored files."""


type AnyJob = (
    TakeImage
    | TakePreview
    | TakePicture
    | TakeEmoji
    | TakePack
    | WritePack
    | TakeRaw
    | Convert
    | Remove
    | ListOld
    | Measure
)


class Made(msgspec.Struct, tag=True, kw_only=True):
    """A file, and what is known about it. Seconds, bits per second, frames per second. `file` is empty where only a preview was made."""

    kind: Literal["image", "gifv", "video", "audio"]
    file: str = ""
    media_type: str = ""
    preview_file: str = ""
    blurhash: str = ""
    width: int | None = None
    height: int | None = None
    preview_width: int | None = None
    preview_height: int | None = None
    duration: float | None = None
    frame_rate: float | None = None
    bitrate: int | None = None


class Kept(msgspec.Struct, tag=True, kw_only=True):
    """The raw file waits under this name."""

    raw: str
    is_animation: bool = False


class Pack(msgspec.Struct, tag=True, kw_only=True):
    entries: list[PackEntry]


class Refused(msgspec.Struct, tag=True, kw_only=True):
    """The file was rejected; `code` is the reason."""

    code: str
    facts: dict[str, int | str] = {}
    detail: str = ""

    def problem(self) -> Invalid:
        """Return what to raise."""
        return Invalid("file", self.code, detail=self.detail, **self.facts)


class Broken(msgspec.Struct, tag=True, kw_only=True):
    """The job failed for a reason other than the file: a full disk, a missing program."""

    detail: str


class Names(msgspec.Struct, tag=True, kw_only=True):
    names: list[str]


class Measured(msgspec.Struct, tag=True, kw_only=True):
    files: int
    bytes: int


class Done(msgspec.Struct, tag=True):
    """There is nothing to say."""


type AnyAnswer = Made | Kept | Pack | Refused | Broken | Names | Measured | Done
