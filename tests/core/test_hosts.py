"""Hosts in one spelling: UTS 46 non-transitional, the same in links, mentions, fetches, WebFinger, blocks and peers."""

import ast
from pathlib import Path

import pytest

from activities.previews.services import first_link
from core.errors import BadInput
from core.hosts.names import BadHost, normal_authority, normal_host, shown_host
from core.http import parse_url
from core.texts import Handle, handles, tokens
from core.texts.html import sanitise
from federation.documents import host_of
from federation.fetching.webfinger import split_handle as split_remote_handle
from users.domains.names import check_host
from users.identities.names import split_handle

ROOT = Path(__file__).parents[2]

NAMES = [
    ("faß.example", "xn--fa-hia.example", "faß.example"),
    ("fass.example", "fass.example", "fass.example"),
    ("ΣΑΣ.example", "xn--mxa9ab.example", "σασ.example"),
    ("σας.example", "xn--mxa8ab.example", "σας.example"),
    ("क्\u200dष.example", "xn--11b2ezcw70k.example", "क्\u200dष.example"),
    ("क्ष.example", "xn--11b2ezc.example", "क्ष.example"),
    ("نامه\u200cای.example", "xn--mgba3gch31f060k.example", "نامه\u200cای.example"),
    ("BÜCHER.Example", "xn--bcher-kva.example", "bücher.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example", "bücher.example"),
    ("XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"),
    ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
    ("I❤.ws", "xn--i-7iq.ws", "i❤.ws"),
    ("Example.COM.", "example.com", "example.com"),
    ("a_b.example", "a_b.example", "a_b.example"),
]


@pytest.mark.parametrize(("name", "normal", "shown"), NAMES)
def test_a_host_has_one_spelling_and_is_shown_in_its_script(name: str, normal: str, shown: str) -> None:
    assert normal_host(name) == normal
    assert shown_host(normal) == shown
    assert normal_host(shown) == normal
    assert normal_authority(f"{name}:8080") == f"{normal}:8080"


@pytest.mark.parametrize(("name", "normal", "shown"), [row for row in NAMES if "❤" not in row[0]])
def test_every_way_to_a_host_leads_to_the_same_one(name: str, normal: str, shown: str) -> None:
    assert check_host(name) == normal
    assert split_handle(f"@ada@{name}") == split_remote_handle(f"ada@{name}") == ("ada", normal)
    assert host_of(f"https://{name}/users/ada") == normal
    assert parse_url(f"https://{name}/").host == normal
    bare = name.removesuffix(".")
    assert handles(f"hi @ada@{bare}", "home.test") == [Handle("ada", normal)]
    (link,) = tokens(f"https://{bare}/a")
    assert parse_url(link.name).host == normal
    assert first_link(sanitise(f'<p><a href="https://{name}/a">x</a></p>')) == f"https://{normal}/a"


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "a..b", "-a.example", "exam\u200cple.com", "exam\u200dple.com", "a\u200b b", "℀.com", "é/a.com", "é@b.com",
        "127.1", "0x7f.1", "2130706433", "127.0.0.1.", "[::1", "x" * 64 + ".com", "ü" * 300, "\ud800.com", "xn--.com ",
        "a\x00b", "aا.com", "é:x",
    ],
)  # fmt: skip
def test_invalid_hosts_are_refused(name: str) -> None:
    if name == "127.0.0.1.":
        assert normal_host(name) == "127.0.0.1"
        return
    with pytest.raises(BadHost):
        normal_authority(name)
    with pytest.raises(BadInput):
        check_host(name or " ")


@pytest.mark.parametrize("host", ["xn--a.com", "xn--fiq.xn--zz--", "xn--bcher-kva-.example", "xn--.com"])
def test_hosts_that_do_not_round_trip_are_shown_unchanged(host: str) -> None:
    assert shown_host(host) == host


@pytest.mark.slow
def test_nothing_uses_the_codec_of_idna_2003() -> None:
    """It sends `ß`, the final sigma and joiners to another owner's domain."""
    for folder in ("core", "stator", "federation", "users", "activities", "api", "takahe", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if "idna" in text else ():
                is_codec = (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in {"encode", "decode"}
                    and any(isinstance(arg, ast.Constant) and arg.value == "idna" for arg in node.args)
                )
                assert not is_codec, f"{path}:{node.lineno}"
