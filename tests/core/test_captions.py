"""WebVTT and SubRip as people write them."""

import pytest

from core.errors import Invalid
from core.media.captions import read_captions
from core.media.limits import CAPTIONS_BYTES


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello", "00:00:01.000 --> 00:00:02.000\nHello"),
        (
            "\ufeffWEBVTT - a title\r\n\r\nintro\r\n00:01.000-->100:00:02.000 align:start evil:1 line:0\r\nOne\r\nTwo",
            "00:00:01.000 --> 100:00:02.000 align:start line:0\nOne\nTwo",
        ),
        ("1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", "00:00:01.000 --> 00:00:02.000\nSubRip"),
        (
            "WEBVTT\n\nSTYLE\n::cue { background: url(https://evil.test) }\n\nNOTE no\n\n00:01.000 --> 00:02.000\nx",
            "00:00:01.000 --> 00:00:02.000\nx",
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi <b>you</b> <c.red>two</c> <img src=x onerror=y> a<b 1 < 2 &amp; 3",
            "00:00:01.000 --> 00:00:02.000\n<v Ann>Hi <b>you</b> two  a&lt;b 1 &lt; 2 &amp; 3",
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\na --> b > c\n\n00:05.000 --> 00:04.000\nbackwards",
            "00:00:01.000 --> 00:00:02.000\na → b &gt; c",
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\n--<x>> 00:09.000 line:0\n<v a-&->b <v "
            + "c" * 75
            + "---d>-<x>->",
            "00:00:01.000 --> 00:00:02.000\n--&gt; 00:09.000 line:0\n<v a>b <v " + "c" * 75 + ">--&gt;",
        ),
    ],
)
def test_cues_are_read(written: str, read: str) -> None:
    assert read_captions(written.encode()) == f"WEBVTT\n\n{read}\n"
    assert read_captions(read_captions(written.encode()).encode()) == read_captions(written.encode())


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"WEBVTTX\n\n00:01.000 --> 00:02.000\nx",
        b"WEBVTT\n\n99:99.000 --> 00:02.000\nx",
        b"\xff\xfeW\0E\0B\0",
        b"1\n<html>",
        b"WEBVTT\n\n00:01.000 --> 00:02.000\nx" + b"x" * CAPTIONS_BYTES,
    ],
)
def test_what_is_none_is_refused(written: bytes) -> None:
    with pytest.raises(Invalid):
        read_captions(written)
