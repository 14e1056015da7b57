"""Video, sound and animations: by way of the worker and ffmpeg, or refused when there is none."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from activities.media.handlers import convert, remove_discarded_files
from activities.media.models import Attachment, Upload
from core.config import config
from core.media.child import mp4
from stator import transition
from tests.api.support.world import World
from tests.media import files
from tests.media.test_images import INVALID, fetched, path_of

pytestmark = pytest.mark.anyio

V2 = "/api/v2/media"
MP4_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"


async def work() -> None:
    """What the worker does with uploads."""
    async for upload in Upload.objects.filter(state="waiting"):
        outcome = await convert(upload)
        assert outcome.state is not None, outcome
        if outcome.effect:
            await outcome.effect()
        await transition(upload, outcome.state)
    await remove_discarded_files()


async def converted(world: World, content: bytes, name: str = "a.mp4", **more: object) -> dict:
    answer = await world.ada.ask("POST", V2, files={"file": (name, content, "video/mp4")}, **more)
    assert answer.status_code == 202, answer.text
    assert answer.json()["url"] is None
    path = f"/api/v1/media/{answer.json()['id']}"
    processing = await world.ada.ask("GET", path)
    assert (processing.status_code, processing.json()["url"]) == (206, None)
    waiting = {"media_ids": [answer.json()["id"]]}
    await world.ada.refused("POST", "/api/v1/statuses", 422, None, json=waiting)
    await work()
    return await world.ada.get(path, "MediaAttachment")


@pytest.mark.parametrize(
    "content",
    [
        files.animation(),
        MP4_HEAD,
        b"ID3\x04" + bytes(60),
        b"fLaC" + bytes(60),
        b"OggS" + bytes(60),
        b"\x1aE\xdf\xa3" + bytes(60),
    ],
)
async def test_without_ffmpeg_the_answer_says_so(
    content: bytes, world: World, without_ffmpeg: None, folder: Path
) -> None:
    response = await world.ada.refused("POST", V2, 422, None, files={"file": ("a.mp4", content, "video/mp4")})
    assert "ffmpeg is not installed here" in response.json()["error"]
    assert files.stored(folder) == []


@pytest.mark.slow
async def test_a_gif_of_thousands_is_refused_with_and_without(world: World, folder: Path) -> None:
    sentence = "Validation failed: File has over 3000 frames"
    await world.ada.refused(
        "POST", V2, 422, sentence, files={"file": ("a.gif", files.gif_of_thousands(), "image/gif")}
    )
    assert files.stored(folder) == []


@pytest.mark.slow
async def test_an_animation_becomes_a_silent_video(world: World, with_ffmpeg: str, folder: Path) -> None:
    shown = await converted(world, files.animation(size=(33, 25)), "a.gif")
    assert shown["type"] == "gifv"
    assert shown["url"].endswith(".mp4")
    assert shown["blurhash"]
    assert shown["meta"]["original"]["width"] == 32
    assert (await fetched(world, shown["preview_url"])).size == (33, 25)
    served = await world.http.get(path_of(shown["url"]), headers={"Range": "bytes=4-7"})
    assert (served.status_code, served.content) == (206, b"ftyp")
    assert len(files.stored(folder)) == 2  # the GIF itself is gone


@pytest.mark.slow
async def test_a_plain_video_is_copied_without_its_secrets(
    world: World, with_ffmpeg: str, folder: Path, tmp_path: Path
) -> None:
    source = files.film(
        tmp_path,
        *files.PICTURES,
        *files.SOUND,
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        *files.SECRETS,
    )
    assert b"SecretTitle" in source
    shown = await converted(world, source)
    assert shown["type"] == "video"
    original = shown["meta"]["original"]
    assert (original["width"], original["height"], shown["meta"]["fps"]) == (320, 180, 25)
    assert 1.9 < shown["meta"]["duration"] < 2.2
    assert original["bitrate"] > 10_000
    for path in files.stored(folder):
        assert b"SecretTitle" not in path.read_bytes()
        assert b"+48.85" not in path.read_bytes()
    written = await world.ada.post("/api/v1/statuses", "Status", json={"media_ids": [shown["id"]]})
    assert written["media_attachments"][0]["meta"] == shown["meta"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "frames", "wanted_s"), [(25, 1, 0.04), (25, 3, 0.12), (120, 24, 0.2), (30000 / 1001, 30, 1.001)]
)
async def test_short_and_fast_films_are_measured_by_their_container(
    rate: float, frames: int, wanted_s: float, world: World, with_ffmpeg: str, tmp_path: Path
) -> None:
    """The time stamp of the last frame is not the end: by it, 24 frames at 120 a second are 125 a second, and one frame has no length."""
    source = ("-f", "lavfi", "-i", f"testsrc=size=64x64:rate={rate}", "-frames:v", str(frames))
    plain = files.film(tmp_path, *source, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    shown = await converted(world, plain)
    assert shown["meta"]["fps"] == round(rate)
    assert shown["meta"]["duration"] == pytest.approx(wanted_s, abs=0.002)


@pytest.mark.slow
async def test_films_that_are_too_fast_are_refused(world: World, with_ffmpeg: str, tmp_path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=240", "-frames:v", "24")
    plain = files.film(tmp_path, *source, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    answer = await world.ada.ask("POST", V2, files={"file": ("a.mp4", plain, "video/mp4")})
    await work()
    sentence = "Validation failed: File of 240 frames per second is not supported"
    await world.ada.refused("GET", f"/api/v1/media/{answer.json()['id']}", 422, sentence)


@pytest.mark.slow
@pytest.mark.parametrize("delay_ms", [10, 20, 100, 1000])
@pytest.mark.parametrize("frames", [2, 3])
async def test_the_shortest_animations_are_taken(
    frames: int, delay_ms: int, world: World, with_ffmpeg: str
) -> None:
    shown = await converted(world, files.animation(frames, delay_ms=delay_ms), "a.gif")
    assert shown["type"] == "gifv"
    assert 1 <= shown["meta"]["fps"] <= 60
    # as browsers do, ffmpeg shows frames of 10 ms for 100 ms; that of Debian 13 shows them as fast as it can
    longest_s = 0.1 if delay_ms < 20 else delay_ms / 1000
    assert (frames - 1) * delay_ms / 1000 <= shown["meta"]["duration"] <= frames * longest_s * 1.05


@pytest.mark.slow
async def test_other_videos_are_encoded_anew(world: World, with_ffmpeg: str, tmp_path: Path) -> None:
    source = files.film(tmp_path, *files.PICTURES, "-c:v", "libvpx", "-b:v", "200k", ending="webm")
    shown = await converted(world, source, "a.webm")
    assert (shown["type"], shown["url"][-4:]) == ("gifv", ".mp4")  # nothing is to be heard in it
    preview = {"thumbnail": ("t.png", files.image((90, 90), "PNG"), "image/png")}
    answer = await world.ada.ask("POST", V2, files={"file": ("a.webm", source, "x/y")} | preview)
    await work()
    shown = await world.ada.get(f"/api/v1/media/{answer.json()['id']}", "MediaAttachment")
    assert shown["meta"]["small"]["size"] == "90x90"


def colours_of(shown: dict, folder: Path) -> tuple[int, list[tuple[int, ...]]]:
    """The transfer function that the stored film names, and the colours of its red, green and blue fields."""
    film = next(path for path in files.stored(folder) if shown["url"].endswith(path.name))
    with film.open("rb") as file:
        transfer = mp4.read(file).transfer
    frame = folder / "frame.png"
    command = [files.ffmpeg(), "-v", "error", "-i", str(film), "-frames:v", "1", str(frame)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return transfer, [Image.open(frame).convert("RGB").getpixel((x, 90)) for x in (20, 60, 200)]


@pytest.mark.slow
@pytest.mark.parametrize(("transfer", "ending"), [("smpte2084", "mp4"), ("arib-std-b67", "webm")])
async def test_hdr_is_tone_mapped(
    transfer: str, ending: str, world: World, with_ffmpeg: str, folder: Path, tmp_path: Path
) -> None:
    """Shown as they are, HDR films are grey and dark on most screens."""
    shown = await converted(world, files.hdr(tmp_path, transfer, ending))
    said, fields = colours_of(shown, folder)
    assert said == 1  # Rec. 709
    poster = (await fetched(world, shown["preview_url"])).convert("RGB")
    for colours in (fields, [poster.getpixel((x, 90)) for x in (20, 60, 200)]):
        for strongest, colour in enumerate(colours):
            others = [value for place, value in enumerate(colour) if place != strongest]
            assert colour[strongest] > 160, colours
            assert max(others) < 80, colours


@pytest.mark.slow
async def test_hdr_stays_what_it_says_it_is_without_zscale(
    world: World, with_ffmpeg: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ffmpeg that can't map the colours must not lose the film; a player may map them."""
    source = files.hdr(tmp_path, "smpte2084", "mp4")
    poor = tmp_path / "poor-ffmpeg"
    poor.write_text(f'#!/bin/sh\ncase "$*" in *zscale*) exit 1 ;; esac\nexec {with_ffmpeg} "$@"\n')
    poor.chmod(0o755)
    monkeypatch.setattr(config(), "ffmpeg", str(poor))
    shown = await converted(world, source)
    assert shown["preview_url"]
    assert colours_of(shown, folder)[0] == 16  # still PQ


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "wav"])
async def test_sounds(world: World, with_ffmpeg: str, tmp_path: Path, folder: Path, ending: str) -> None:
    coder = ["-c:a", "libopus"] if ending == "ogg" else []
    shown = await converted(
        world, files.film(tmp_path, *files.SOUND, *coder, *files.SECRETS, ending=ending), f"a.{ending}"
    )
    assert shown["type"] == "audio"
    assert shown["url"].endswith(".mp3")
    assert shown["preview_url"] is None
    assert 1.8 < shown["meta"]["duration"] < 2.3
    assert b"SecretTitle" not in files.stored(folder)[0].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["mp3", "flac"])
async def test_the_cover_of_a_sound_is_its_preview(
    world: World, with_ffmpeg: str, tmp_path: Path, folder: Path, ending: str
) -> None:
    """Without what it says of place and camera; then there is nothing to draw."""
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(files.with_exif())
    tune = tmp_path / f"tune.{ending}"
    command = [with_ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-i", str(cover),
               "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic", str(tune)]  # fmt: skip
    subprocess.run(command, check=True)  # our own command
    shown = await converted(world, tune.read_bytes(), f"a.{ending}")
    assert shown["type"] == "audio"
    assert shown["preview_url"].endswith(".jpg")
    assert shown["blurhash"]
    assert all(b"SecretCamera" not in one.read_bytes() for one in files.stored(folder))
    assert (await Attachment.objects.aget()).peaks == ""


@pytest.mark.slow
async def test_a_sound_without_a_cover_is_drawn(world: World, with_ffmpeg: str, tmp_path: Path) -> None:
    """How loud it is, as far as the loudest part: it begins softly here. Silence has nothing to draw."""
    tune = tmp_path / "tune.wav"
    sounds = {
        "sine=frequency=440:duration=4,volume='if(lt(t,2),0.1,0.8)':eval=frame": True,
        "anullsrc=d=1": False,
    }
    for sound, is_heard in sounds.items():
        command = [with_ffmpeg, "-y", "-v", "error", "-f", "lavfi", "-i", sound, str(tune)]
        subprocess.run(command, check=True)  # our own command
        shown = await converted(world, tune.read_bytes(), "a.wav")
        assert shown["preview_url"] is None
        peaks = (await Attachment.objects.aget(pk=int(shown["id"]))).peaks
        if not is_heard:
            assert peaks == ""
            continue
        assert len(peaks) == 120
        assert {int(peak, 36) for peak in peaks[5:55]} <= set(range(3, 7)), peaks
        assert {int(peak, 36) for peak in peaks[65:115]} <= {34, 35}, peaks


@pytest.mark.slow
async def test_a_sound_that_hides_its_length_is_measured(
    world: World, with_ffmpeg: str, tmp_path: Path, folder: Path
) -> None:
    """The same eight seconds 450 times, each of which says that it is the first: an hour in 6 KB."""
    tune = tmp_path / "tune.flac"
    command = [with_ffmpeg, "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono,atrim=end_sample=65535",
               "-frame_size", "65535", str(tune)]  # fmt: skip
    subprocess.run(command, check=True)  # our own command
    head, mark, frame = tune.read_bytes().partition(b"\xff\xf8")
    content = head + (mark + frame) * 450
    answer = await world.ada.ask("POST", V2, files={"file": ("a.flac", content, "audio/flac")})
    assert answer.status_code == 202
    await work()
    words = "Validation failed: File is longer than 60 minutes"
    await world.ada.refused("GET", f"/api/v1/media/{answer.json()['id']}", 422, words)
    assert files.stored(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("head", [MP4_HEAD, b"ID3\x04" + bytes(60), b"\x1aE\xdf\xa3" + bytes(60)])
async def test_a_video_that_is_none_is_refused_later(
    head: bytes, world: World, with_ffmpeg: str, folder: Path
) -> None:
    answer = await world.ada.ask("POST", V2, files={"file": ("a.mp4", head + bytes(2000), "video/mp4")})
    assert answer.status_code == 202
    await work()
    await world.ada.refused("GET", f"/api/v1/media/{answer.json()['id']}", 422, INVALID)
    assert files.stored(folder) == []


@pytest.mark.slow
async def test_a_playlist_leads_nowhere(world: World, with_ffmpeg: str, folder: Path) -> None:
    """ffmpeg would follow an HLS or concat playlist to other files; ours is never asked to read one."""
    for text in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"):
        await world.ada.refused("POST", V2, 422, INVALID, files={"file": ("a.mp4", text, "video/mp4")})
        answer = await world.ada.ask("POST", V2, files={"file": ("a.mp4", b"ID3\x04" + text, "video/mp4")})
        await work()
        await world.ada.refused("GET", f"/api/v1/media/{answer.json()['id']}", 422, INVALID)


@pytest.mark.slow
async def test_removing_what_waits_removes_its_file(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config(), "ffmpeg", "true")  # any program will do: nothing is converted here
    answer = await world.ada.ask("POST", V2, files={"file": ("a.mp4", MP4_HEAD, "video/mp4")})
    assert answer.status_code == 202
    assert len(files.stored(folder)) == 1
    assert files.stored(folder)[0].suffix == ".upload"
    assert (await world.http.get(f"/media/{files.stored(folder)[0].name}")).status_code == 404
    assert await world.ada.delete(f"/api/v1/media/{answer.json()['id']}") == {}
    assert await Upload.objects.acount() == 0
    await remove_discarded_files()
    assert files.stored(folder) == []
