"""Captions: WebVTT (www.w3.org/TR/webvtt1) and SubRip as found in practice, read line by line and converted to the WebVTT that we serve. Pure."""

import re

from core.errors import Invalid
from core.media.limits import CAPTIONS_BYTES

CONTENT_TYPE = "text/vtt; charset=utf-8"
_TIME = r"(?:([0-9]{1,4}):)?([0-5][0-9]):([0-5][0-9])[.,]([0-9]{3})"
_TIMING = re.compile(rf"{_TIME} *--> *{_TIME}(?: +([^\n]*))?")
_SETTING = re.compile(r"(?:vertical|line|position|size|align):[a-z0-9%.,-]{1,30}")
_KEPT_TAGS = frozenset(("b", "/b", "i", "/i", "u", "/u", "/v"))
_LONGEST_VOICE = 80


def read_captions(content: bytes) -> str:
    """Return clean WebVTT: cues in order with their text, keeping only bold, italic, underline and voice markup.

    Styles, regions and comments are left out. Raises Invalid for files that are too large, not text, or without any cue.
    """
    if len(content) > CAPTIONS_BYTES:
        raise Invalid("captions", "too_large", most=CAPTIONS_BYTES // 1024)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("captions", "invalid", detail=str(error)) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\t", " ").split("\n")
    if not _is_captions(lines):
        raise Invalid("captions", "invalid", detail="neither WebVTT nor SubRip")
    cues = list(filter(None, map(_cue, _blocks(lines))))
    if not cues:
        raise Invalid("captions", "invalid", detail="no cues")
    return "\n\n".join(("WEBVTT", *cues)) + "\n"


def _is_captions(lines: list[str]) -> bool:
    """Return whether the first line is WebVTT's header, or the number and time of SubRip's first cue."""
    if lines[0].split(" ")[0] == "WEBVTT":
        return True
    first = [line.strip() for line in lines if line.strip()][:2]
    return len(first) == 2 and first[0].isdigit() and "-->" in first[1]


def _blocks(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return found


def _cue(block: list[str]) -> str:
    """Return a cue in our form; "" if the block is not a cue."""
    at = next((place for place, line in enumerate(block[:2]) if "-->" in line), None)
    timing = _TIMING.fullmatch(block[at]) if at is not None else None
    if at is None or timing is None:
        return ""
    parts = timing.groups()
    start, end = _milliseconds(parts[:4]), _milliseconds(parts[4:8])
    words = [_clean(line) for line in block[at + 1 :]]
    if end <= start or not any(words):
        return ""
    settings = [one for one in (parts[8] or "").split(" ") if _SETTING.fullmatch(one)]
    return "\n".join((" ".join((f"{_clock(start)} --> {_clock(end)}", *settings)), *filter(None, words)))


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _clean(line: str) -> str:
    """Return a line of text with the markup that is kept. An arrow would end the text, also one that is left when markup goes."""
    first, *rest = line.replace("-->", "→").split("<")
    kept = [_escaped(first)]
    for part in rest:
        tag, closing, words = part.partition(">")
        if not closing:
            kept.append(f"&lt;{part}")
        elif tag in _KEPT_TAGS:
            kept.append(f"<{tag}>{_escaped(words)}")
        elif tag.startswith("v "):
            voice = tag.replace("&", "")[:_LONGEST_VOICE].rstrip("-")
            kept.append(f"<{voice}>{_escaped(words)}")
        else:
            kept.append(_escaped(words))
    return "".join(kept)


def _escaped(words: str) -> str:
    return words.replace(">", "&gt;")
