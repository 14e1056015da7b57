"""The messages between the server and its child process, as JSON over a pipe: jobs, and their results."""

from typing import Literal

import msgspec

from core.errors import Invalid


class Job(msgspec.Struct, tag=True, kw_only=True):
    """A job. `root` is the folder of the storage; the file to be read is passed as an open descriptor, if there is one."""

    root: str


class ConvertImage(Job, kw_only=True):
    """Re-encode an image and store it with its preview. An animated GIF is stored unchanged, for the worker to convert."""

    reader: str
    may_convert: bool


class ConvertPreview(Job, kw_only=True):
    """Make a preview from an image that the user chose."""

    reader: str


class ConvertProfilePicture(Job, kw_only=True):
    """Crop and scale an avatar or a header. `crop` is the part to keep: left, top, width and height in parts of the upright picture."""

    reader: str
    width: int
    height: int
    crop: tuple[float, float, float, float] | None = None


class ConvertEmoji(Job, kw_only=True):
    """Convert a custom emoji, and make a static version of an animated one."""

    reader: str


class ConvertStill(Job, kw_only=True):
    """Store the first picture of an animated custom emoji."""

    reader: str


class ReadPack(Job, kw_only=True):
    """Convert all emoji in a stored archive."""

    raw: str


class PackEntry(msgspec.Struct, kw_only=True):
    """An emoji of a pack. `problem` is the error code if it could not be converted."""

    shortcode: str
    category: str = ""
    file: str = ""
    static_file: str = ""
    problem: str = ""


class WritePack(Job, kw_only=True):
    """Write stored emoji into a new archive."""

    name: str
    entries: list[PackEntry]


class StoreRaw(Job):
    """Store the file unchanged, for the worker to convert."""


class ConvertVideo(Job, kw_only=True):
    """Convert the video, sound or animation in a stored raw file with ffmpeg."""

    raw: str
    reader: str
    ffmpeg: str
    keeps_preview: bool


class RemoveFiles(Job, kw_only=True):
    names: list[str]


class ListOldFiles(Job, kw_only=True):
    after: str
    limit: int
    older_than_s: float


class MeasureStorage(Job):
    """Add up the sizes of all stored files."""


type AnyJob = (
    ConvertImage
    | ConvertPreview
    | ConvertProfilePicture
    | ConvertEmoji
    | ConvertStill
    | ReadPack
    | WritePack
    | StoreRaw
    | ConvertVideo
    | RemoveFiles
    | ListOldFiles
    | MeasureStorage
)


class ConvertedFile(msgspec.Struct, tag=True, kw_only=True):
    """A converted file with its metadata: seconds, bits per second, frames per second. `file` is empty if only a preview was made."""

    kind: Literal["image", "gifv", "video", "audio"]
    file: str = ""
    bytes: int = 0  # of `file`
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
    peaks: str = ""  # of a sound without a cover: a digit of base 36 for each part of it


class StoredRaw(msgspec.Struct, tag=True, kw_only=True):
    """An unconverted file was stored under this name."""

    raw: str
    is_animation: bool = False


class Pack(msgspec.Struct, tag=True, kw_only=True):
    entries: list[PackEntry]


class FileRefused(msgspec.Struct, tag=True, kw_only=True):
    """The file was rejected; `code` is the reason."""

    code: str
    facts: dict[str, int | str] = {}
    detail: str = ""

    def problem(self) -> Invalid:
        """Return the error for the user."""
        return Invalid("file", self.code, detail=self.detail, **self.facts)


class JobFailed(msgspec.Struct, tag=True, kw_only=True):
    """The job failed for a reason other than the file: a full disk, a missing program."""

    detail: str


class FileNames(msgspec.Struct, tag=True, kw_only=True):
    names: list[str]


class StorageSize(msgspec.Struct, tag=True, kw_only=True):
    files: int
    bytes: int


class Done(msgspec.Struct, tag=True):
    """The job succeeded and has no result."""


type AnyAnswer = ConvertedFile | StoredRaw | Pack | FileRefused | JobFailed | FileNames | StorageSize | Done
