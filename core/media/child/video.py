"""Conversion of video, audio and animated GIFs with ffmpeg. Its messages are not parsed: only exit codes, `-progress` and its output are
used.

Streams that every browser plays (H.264 of 8 bits, AAC, MP3) are copied, others are re-encoded; titles, locations and dates are removed.
The demuxer is chosen by the first bytes, and may open only that file, so that no playlist can refer to another.
"""

import io
import itertools
import re
import string
import subprocess
from pathlib import Path

from PIL import Image

from core.media import limits
from core.media.child import mp4
from core.media.child.errors import JobError, Refusal
from core.media.child.images import load_frame, make_preview
from core.media.child.parent import die_with_parent
from core.media.messages import ConvertedFile, ConvertVideo
from core.media.storage import LocalFolder

_PLAIN_PROFILES = {66, 77, 88, 100}  # baseline, main, extended, high: 8 bits, 4:2:0
_SEQUENCE = re.compile(rb"\x00\x00\x01[\x27\x47\x67](.)", re.DOTALL)
_FIT = "scale='min(1920,iw)':'min(1920,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
_HDR = {
    16: "smpte2084",
    18: "arib-std-b67",
}  # PQ and HLG by their numbers in ITU-T H.273, and as zscale calls them
_TONE_MAPPED = (  # in linear light, where 100 cd/m² is white; what is brighter is compressed, not cut
    "zscale=tin={}:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
_COVER_FIT = "scale='min(1280,iw)':'min(1280,ih)':force_original_aspect_ratio=decrease"
_PEAK_RATE = 4000
_DIGITS = string.digits + string.ascii_lowercase
# Measures sound by its samples: a file can give each part the same time, so that hours pass as seconds, also for -t of the input
_BY_SAMPLES = ["-af", "asetpts=N/SR/TB", "-t", str(limits.MAX_DURATION_S + 1)]
_PRIVATE = ["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"]


class _Tool:
    """ffmpeg, applied to one file."""

    def __init__(self, job: ConvertVideo, source: Path) -> None:
        self._ffmpeg = job.ffmpeg
        reader = {"GIF": "gif"}.get(job.reader, job.reader)
        self._input = [
            "-protocol_whitelist", "file", "-max_pixels", str(limits.VIDEO_PIXELS), "-threads", str(limits.VIDEO_THREADS),
            "-f", reader, "-t", str(limits.MAX_DURATION_S + 1), "-i", str(source),
        ]  # fmt: skip

    def run(self, *options: str) -> tuple[bool, bytes]:
        """Run ffmpeg with `options`. Returns whether it succeeded, and its stdout."""
        command = [self._ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *self._input, *options]
        try:
            done = subprocess.run(  # noqa: S603  # no shell; the only path in it is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
                preexec_fn=die_with_parent,  # this process has one thread
            )
        except OSError as error:
            raise JobError(f"{self._ffmpeg} does not start: {error}") from error
        return done.returncode == 0, done.stdout

    def transfer(self) -> int | None:
        """Return the transfer function of its video (see mp4.Facts); None if there is none."""
        well, film = self.run(
            "-map", "0:V:0", "-frames:v", "1", "-vf", "scale=64:64", "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-movflags", "empty_moov", "-f", "mp4", "-",
        )  # fmt: skip
        try:
            return mp4.read(io.BytesIO(film)).transfer if well else None
        except ValueError:
            return None

    def has_sound(self) -> bool:
        return self.run("-map", "0:a:0", "-t", "0.5", "-f", "null", "-")[0]

    def is_plain_h264(self) -> bool:
        well, stream = self.run("-map", "0:V:0", "-c", "copy", "-frames:v", "1", "-f", "h264", "-")
        found = _SEQUENCE.search(stream)
        return well and found is not None and found[1][0] in _PLAIN_PROFILES

    def peaks(self) -> str:
        """Return the loudness of each of the PEAKS parts of the audio, one base 36 digit each; "" for silence. An hour is 14 MB here."""
        well, samples = self.run(
            "-map", "0:a:0", "-ac", "1", "-ar", str(_PEAK_RATE), "-c:a", "pcm_s8", *_BY_SAMPLES, "-f", "s8", "-"
        )  # fmt: skip
        parts = min(limits.PEAKS, len(samples))
        if not well or not parts:
            return ""
        levels = memoryview(samples).cast("b")
        bounds = [len(levels) * number // parts for number in range(parts + 1)]
        heights = [
            max(max(part), -min(part))
            for part in (levels[a:b].tolist() for a, b in itertools.pairwise(bounds))
        ]
        most = max(heights)
        return "".join(_DIGITS[round(35 * height / most)] for height in heights) if most else ""

    def sound_is(self, writer: str) -> bool:
        """Return whether the audio can be copied unchanged into a stream of that kind ("adts": AAC)."""
        return self.run("-map", "0:a:0", "-c", "copy", "-t", "0.5", "-f", writer, "-")[0]


def convert(job: ConvertVideo, storage: LocalFolder) -> ConvertedFile:
    """Convert the file to an MP4 or MP3, with a preview if it has video."""
    tool = _Tool(job, storage.path(job.raw))
    transfer = tool.transfer()
    if transfer is not None:
        return _film(job, tool, storage, transfer)
    if job.reader == "GIF" or not tool.has_sound():
        raise Refusal(detail="neither pictures nor sound, or too many pixels")
    return _sound(job, tool, storage)


def _film(job: ConvertVideo, tool: _Tool, storage: LocalFolder, transfer: int) -> ConvertedFile:
    has_sound = job.reader != "GIF" and tool.has_sound()
    image, filters = None, _FIT
    if transfer in _HDR:
        filters = f"{_FIT},{_TONE_MAPPED.format(_HDR[transfer])}"
        image = _first_frame(tool, storage, "-vf", filters)
    is_tone_mapped = image is not None
    if image is None:  # also if ffmpeg has no zscale: the video keeps its colours and their metadata
        image, filters = _first_frame(tool, storage), _FIT
    if image is None:
        raise Refusal(detail="no first frame")
    is_copied = job.reader != "GIF" and not is_tone_mapped and tool.is_plain_h264()
    if is_copied:
        pictures = ["-c:v", "copy"]
    else:
        pictures = [
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-fpsmax", "60",
            "-vf", filters,
        ]  # fmt: skip
    if not has_sound:
        sound = ["-an"]
    elif tool.sound_is("adts"):
        sound = ["-map", "0:a:0", "-c:a", "copy"]
    else:
        sound = ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    target = storage.work_file("mp4")
    _write(tool, target, ["-map", "0:V:0", *pictures, *sound, "-movflags", "+faststart", "-f", "mp4"])
    facts = _facts_of(target)
    _check_length(facts.duration, target)
    if is_copied and facts.frame_rate > limits.FRAMES_PER_SECOND + 1:
        target.unlink()
        raise Refusal("too_fast", rate=round(facts.frame_rate))
    if job.keeps_preview:
        made = ConvertedFile(kind="video")
    else:
        made = make_preview(image, storage)
    made.kind = "video" if has_sound else "gifv"
    scale = 1.0 if is_copied else min(1.0, 1920 / max(image.size))
    made.width, made.height = (max(2, int(side * scale) // 2 * 2) for side in image.size)
    made.frame_rate = round(facts.frame_rate, 3) or None
    return _finished(made, target, "mp4", facts.duration, storage)


def _first_frame(
    tool: _Tool, storage: LocalFolder, *options: str, stream: str = "0:V:0"
) -> Image.Image | None:
    shot = storage.work_file("png")
    try:
        if not tool.run("-map", stream, "-frames:v", "1", *options, "-c:v", "png", "-f", "image2", str(shot))[
            0
        ]:
            return None
        with shot.open("rb") as file:
            return load_frame(file)
    finally:
        shot.unlink(missing_ok=True)


def _sound(job: ConvertVideo, tool: _Tool, storage: LocalFolder) -> ConvertedFile:
    target = storage.work_file("mp3")
    encoded = ["-c:a", "libmp3lame", "-q:a", "2", "-ac", "2", *_BY_SAMPLES]
    way = ["-c:a", "copy"] if job.reader == "mp3" else encoded
    duration = _write(tool, target, ["-map", "0:a:0", *way, "-id3v2_version", "0", "-f", "mp3"])
    _check_length(duration, target)
    made = ConvertedFile(kind="audio")
    if not job.keeps_preview:
        cover = _first_frame(tool, storage, "-vf", _COVER_FIT, stream="0:v:0")
        if cover is not None:
            made = make_preview(cover, storage)
            made.kind = "audio"
        else:
            made.peaks = tool.peaks()
    return _finished(made, target, "mp3", duration, storage)


def _write(tool: _Tool, target: Path, options: list[str]) -> float:
    """Write the file. The seconds that `-progress` counted are right to a packet: enough for sound."""
    well, progress = tool.run(
        *options, *_PRIVATE, "-threads", str(limits.VIDEO_THREADS), "-fflags", "+bitexact", "-progress", "pipe:1",
        "-stats_period", "5", "-max_muxing_queue_size", "4096", str(target),
    )  # fmt: skip
    if not well or not target.exists():
        target.unlink(missing_ok=True)
        raise Refusal(detail="ffmpeg could not convert it")
    times = re.findall(rb"^out_time_us=\s*(\d+)", progress, re.MULTILINE)
    return int(times[-1]) / 1e6 if times else 0.0


def _facts_of(target: Path) -> mp4.Facts:
    try:
        with target.open("rb") as file:
            return mp4.read(file)
    except ValueError as error:
        target.unlink()
        raise Refusal(detail=str(error)) from error


def _check_length(duration: float, target: Path) -> None:
    if duration > limits.MAX_DURATION_S:
        target.unlink()
        raise Refusal("too_many_minutes", minutes=limits.MAX_DURATION_S // 60)


def _finished(
    made: ConvertedFile, target: Path, ending: str, duration: float, storage: LocalFolder
) -> ConvertedFile:
    size = target.stat().st_size
    made.duration = round(duration, 3) or None
    made.bitrate = int(size * 8 / duration) if duration else None
    made.media_type = "video/mp4" if ending == "mp4" else "audio/mpeg"
    made.file, made.bytes = storage.put(target, ending), size
    return made
