"""Links in texts, and where they end. Each character is read a bounded number of times for any text.

Follows Mastodon's rules (twitter_regex.rb) where it has them, but a host ends where another script begins after a known top-level domain,
and CJK punctuation ends a link.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from core.hosts.names import BadHost, normal_host

START = (
    r"(?<![A-Za-z0-9@＠$#＃])(?P<scheme>(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://|xmpp:|magnet:\?)"
)
"""Where a link may begin. It may directly follow a letter of another script."""

_MAX_HOST_RUN = 256
_TAIL = re.compile(
    r"[^\s\x00-\x1f<>\"()\[\]{}…、。，！？；：「」『』（）【】〈〉《》〔〕“”„«»\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
_OPENING, _CLOSING = "([{", ")]}"
_TRAILING = frozenset(".,;:!?'’‘*~|@&$%`^\\")
_ENDS_SENTENCES = frozenset(
    ("Po", "Pd", "Pi", "Pf", "Ps")
)  # beyond ASCII: danda, Arabic comma, dashes, ellipses
_WIDE_DOTS = ("。", "．", "｡")  # of UTS 46
_SIGNS = frozenset("§¶·‰‱†‡※")  # "Po" as well, but only parts of words
_FIRST_TAG = "\U000e0001"  # format characters from here on are inside of emoji flags
_SECRET = re.compile(r":[^\s/?#@]{0,256}[@＠]")
_PORT = re.compile(r":([0-9]{1,5})(?![0-9])")
_ASCII_LABEL = re.compile(r"[A-Za-z0-9-]*")
_IN_HOSTS = frozenset(("Mn", "Mc", "So", "Sk"))  # marks, and emoji
_UNUSED_TLDS = frozenset(("localhost", "test", "example", "invalid"))
_RESERVED_TLDS = _UNUSED_TLDS | {"onion"}
_XMPP = re.compile(r"xmpp:(?://[^\s/?#@]{1,255}@[^\s/?#@]{1,255}/)?[^\s/?#@]{1,255}@", re.IGNORECASE)
_NAMES_OF_HOSTS = frozenset(("http", "https", "gopher", "gemini"))  # the others' hosts are keys, with case


class Link(NamedTuple):
    """A link in a text: its end, and its URL (with the host in ASCII)."""

    end: int
    href: str


def find_link(text: str, start: int, scheme: str) -> Link | None:
    """Return the link that begins at `start` with `scheme` (as matched by START); None if there is none."""
    after = start + len(scheme)
    name = scheme.lower().rstrip(":/?")
    if name == "magnet":
        end = _tail_end(text, after)
        return Link(end, text[start:end]) if end > after else None
    if name == "xmpp":
        found = _XMPP.match(text, start)
        if found is None:
            return None
        after = found.end()
    found_host = find_host(text, after)
    if found_host is None:
        return None
    end, is_cut = found_host
    host = text[after:end]
    after_unseen = _after_unseen(text, end)
    if text[after_unseen : after_unseen + 1] in ("@", "＠") or _SECRET.match(text, after_unseen):
        return None  # credentials, possibly imitating a host
    if not is_cut:
        end = _after_port(text, end)
        if text[end : end + 1] in ("/", "?", "#"):
            end = max(end, _tail_end(text, end))
    if name in _NAMES_OF_HOSTS or not host.isascii():
        try:
            ascii_host = host if host.isascii() and normal_host(host) else normal_host(host)
        except BadHost:
            return None
        return Link(end, text[start:after] + ascii_host + text[after + len(host) : end])
    return Link(end, text[start:end])


def find_host(text: str, start: int) -> tuple[int, bool] | None:
    """Find where the host name at `start` ends, and whether it was cut inside a word; None when there is none.

    A name whose last label is not ASCII must end in an existing top-level domain: what follows belongs to the sentence, as
    in `https://example.comです`. There is none where a wide dot leads on from a name that has not come to its end, as in
    `https://example。com`, or where invisible characters (or those that change the direction of the text) would hide its end.
    """
    run = _host_run(text, start)
    found = _host_in(run, start)
    end = start + len(run)
    if found is not None and _leads_on(text, end, run):
        return None
    if found is None or (next_seen := _after_unseen(text, end)) == end:
        return found
    seen = run
    while next_seen > end and len(seen) < _MAX_HOST_RUN:
        more = _host_run(text, next_seen)
        seen += more
        end = next_seen + len(more)
        next_seen = _after_unseen(text, end)
    as_seen = _host_in(seen, start)
    return found if as_seen is not None and as_seen[0] == found[0] else None


def _leads_on(text: str, end: int, run: str) -> bool:
    """Return whether a CJK dot, which browsers treat as a dot, is followed by the rest of a host name."""
    if text[end : end + 1] not in _WIDE_DOTS or not _is_host_char(text[end + 1 : end + 2]):
        return False
    before, _, last = run.rstrip(".-").rpartition(".")
    has_ended = last.isdigit() or (last not in _UNUSED_TLDS and _top_level_size(last, is_alone=False) > 0)
    return not before or not has_ended


def _host_run(text: str, start: int) -> str:
    end = start
    most = min(len(text), start + _MAX_HOST_RUN)
    while end < most and _is_host_char(text[end]):
        end += 1
    return text[start:end]


def _after_unseen(text: str, start: int) -> int:
    """Return the position of the next visible character or white space. The search is bounded."""
    end = start
    most = min(len(text), start + _MAX_HOST_RUN)
    while end < most and _is_unseen(text[end]):
        end += 1
    return end


def _host_in(run: str, start: int) -> tuple[int, bool] | None:
    if (empty := run.find("..")) >= 0:
        run = run[:empty]
    run = run.rstrip(".-")
    if not run or run[0] in ".-":
        return None
    labels = run.split(".")
    if labels[-1].isascii():
        return start + len(run), False
    while labels:
        last = labels.pop()
        size = _top_level_size(last, is_alone=not labels)
        if size:
            kept = len(".".join((*labels, last[:size])))
            return start + kept, size < len(last) or kept < len(run)
    return None


def _top_level_size(label: str, *, is_alone: bool) -> int:
    """Return how much of a label is a top-level domain: all if it is ASCII, else the part before the sentence's letters."""
    if is_alone:  # a host without a dot
        name = _ASCII_LABEL.match(label)
        return len(name[0]) if name and name[0].lower() == "localhost" else 0
    if _is_top_level(label):
        return len(label)
    leading = _ASCII_LABEL.match(label)
    if leading and leading[0]:
        return len(leading[0]) if _is_top_level(leading[0]) else 0
    for size in range(min(len(label), 24), 1, -1):
        if _is_top_level(label[:size]) and not (label[size].isascii() or _is_mark(label[size])):
            return size
    return 0


def _is_top_level(label: str) -> bool:
    name = label.lower()
    return name in _RESERVED_TLDS or name in _top_levels()


@cache
def _top_levels() -> frozenset[str]:
    """Return ICANN's top-level domains, in their own scripts. Loaded with the first link that needs them."""
    from publicsuffixlist import PSLFILE  # few links need it

    found = set()
    with open(PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("// ===END ICANN"):
                break
            if not line.startswith("//") and (rule := line.split(" ")[0].strip()):
                found.add(unicodedata.normalize("NFC", rule.rpartition(".")[2]))
    return frozenset(found)


def _is_host_char(char: str) -> bool:
    return (
        char.isalnum()
        or char in ("-", ".", "_", "\u200c", "\u200d")
        or (not char.isascii() and unicodedata.category(char) in _IN_HOSTS)
    )


def _is_mark(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char)[0] == "M"


def _is_unseen(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) in ("Cf", "Cc")


def _after_port(text: str, end: int) -> int:
    port = _PORT.match(text, end)
    return port.end() if port and 0 < int(port[1]) < 65536 else end


def _tail_end(text: str, start: int) -> int:
    """Find where path, query and fragment end: before an unmatched closing bracket, excluding the sentence's punctuation."""
    end, opened = start, []
    while end < len(text):
        if run := _TAIL.match(text, end):
            end = run.end()
        elif text[end] in _OPENING:
            opened.append(_CLOSING[_OPENING.index(text[end])])
            end += 1
        elif opened and text[end] == opened[-1]:
            opened.pop()
            end += 1
        else:
            break
    unopened = _unopened(text[start:end])
    while end > start and ((is_bracket := _closes(text[end - 1])) or _is_trailing(text[end - 1])):
        if is_bracket and unopened <= 0:
            break
        unopened -= is_bracket
        end -= 1
    return end


def _is_trailing(char: str) -> bool:
    """Return whether a final character belongs to the sentence around a link."""
    if char.isascii():
        return char in _TRAILING or char in _OPENING
    category = unicodedata.category(char)
    return (category in _ENDS_SENTENCES and char not in _SIGNS) or (category == "Cf" and char < _FIRST_TAG)


def _closes(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) == "Pe"


def _unopened(tail: str) -> int:
    """Count how many more closing than opening brackets beyond ASCII there are."""
    if tail.isascii():
        return 0
    return sum(map(_closes, tail)) - sum(not c.isascii() and unicodedata.category(c) == "Ps" for c in tail)
