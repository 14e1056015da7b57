"""The main program of the child process: reads one job from stdin, runs it under resource limits, writes one result to stdout."""

import os
import resource
import sys
from pathlib import Path

import msgspec

from core.media import limits
from core.media.child.errors import JobError, Refusal
from core.media.child.parent import die_with_parent
from core.media.messages import (
    AnyAnswer,
    AnyJob,
    ConvertEmoji,
    ConvertImage,
    ConvertPreview,
    ConvertProfilePicture,
    ConvertStill,
    ConvertVideo,
    Done,
    FileNames,
    FileRefused,
    JobFailed,
    ListOldFiles,
    MeasureStorage,
    ReadPack,
    RemoveFiles,
    StorageSize,
    StoredRaw,
    StoreRaw,
    WritePack,
)
from core.media.names import RAW
from core.media.storage import LocalFolder


def _limit(job: AnyJob) -> None:
    long = isinstance(job, ConvertVideo | ReadPack)
    memory = limits.VIDEO_MEMORY_BYTES if isinstance(job, ConvertVideo) else limits.CHILD_MEMORY_BYTES
    seconds = int(limits.VIDEO_TIMEOUT_S * limits.VIDEO_THREADS if long else limits.IMAGE_TIMEOUT_S)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 2 * limits.VIDEO_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 128),
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(5)


def _do(job: AnyJob, descriptor: int) -> AnyAnswer:
    storage = LocalFolder(Path(job.root))
    match job:
        case StoreRaw():
            return StoredRaw(raw=storage.put(storage.copy_open_file(descriptor), RAW))
        case RemoveFiles():
            storage.remove(job.names)
            return Done()
        case ListOldFiles():
            storage.remove_left_work(job.older_than_s)
            return FileNames(names=storage.names_after(job.after, job.limit, older_than_s=job.older_than_s))
        case MeasureStorage():
            files, size = storage.measured()
            return StorageSize(files=files, bytes=size)
        case ConvertVideo():
            from core.media.child import video  # loaded on demand, because each start counts

            return video.convert(job, storage)
        case ReadPack() | WritePack():
            return _do_pack(job, storage)
    from core.media.child import emojis, images  # Pillow, which videos don't need

    with os.fdopen(descriptor, "rb", closefd=False) as file:
        match job:
            case ConvertImage():
                return images.convert_image(job, storage, file)
            case ConvertPreview():
                return images.convert_preview(job, storage, file)
            case ConvertProfilePicture():
                return images.convert_profile_picture(job, storage, file)
            case ConvertEmoji():
                return emojis.convert_emoji(job, storage, file)
            case ConvertStill():
                return emojis.convert_still(job, storage, file)


def _do_pack(job: ReadPack | WritePack, storage: LocalFolder) -> AnyAnswer:
    from core.media.child import emoji_packs  # as above

    if isinstance(job, ReadPack):
        return emoji_packs.read_pack(job, storage)
    work = storage.work_file("zip")
    with work.open("wb") as out:
        emoji_packs.write_pack(job, storage, out)
    return StoredRaw(raw=storage.put(work, RAW))


def main() -> None:
    die_with_parent()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=AnyJob)
    _limit(job)
    answer: AnyAnswer
    try:
        answer = _do(job, int(sys.argv[2]))
    except Refusal as refusal:
        answer = FileRefused(code=refusal.code, facts=refusal.facts, detail=refusal.detail)
    except MemoryError:
        answer = FileRefused(code="too_hard", detail="out of memory")
    except (JobError, OSError) as error:  # a full or read-only disk
        answer = JobFailed(detail=f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing to clean up, and cleaning up takes 20 ms
