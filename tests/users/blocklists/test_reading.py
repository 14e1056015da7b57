"""Blocklists of every form are read, and hostile ones are refused or do nothing."""

import time
from collections import Counter

import pytest

from core.errors import Invalid
from federation.models import Policy
from users.blocklists.reading import MAX_BYTES, MAX_ROWS, Effect, Ruling, Skip, compare, csv_lines, read_list

pytestmark = pytest.mark.anyio

OWN = frozenset({"home.example", "social.own.example"})
MASTODON = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
SHARED = "domain,severity,public_comment,reject_media,reject_reports,obfuscate\n"
BLOCKED, LIMITED = Ruling(Policy.blocked), Ruling(Policy.limited)


async def read(text: str | bytes, *, allows: bool = False) -> dict[str, Ruling]:
    content = text.encode() if isinstance(text, str) else text
    found, _ = await read_list(content, own_hosts=OWN, allows=allows)
    return {one.host: one.ruling for one in found}


async def test_each_form_of_list_is_read() -> None:
    bad, quiet = ("bad.example", BLOCKED), ("quiet.example", Ruling(Policy.limited, reject_media=True))
    rows = "bad.example,suspend,false,false,Spam,false\nquiet.example,silence,true,false,,true\n"
    shared = 'bad.example,suspend,"Spam, and ""more""\nof it",False,False,False\nquiet.example,silence,,True,False,False\n'
    expected = dict([bad, quiet])
    for text in (
        MASTODON + rows,
        rows,
        SHARED + shared,
        "\ufeff" + MASTODON + rows.replace("\n", "\r\n"),
        (MASTODON + rows).encode("utf-16"),
        "domain,severity,private_comment,public_comment,reject_media,reject_reports\nbad.example,suspend,,Spam\nquiet.example,silence,x,y,true",
    ):
        assert await read(text) == expected, text
    assert await read("# ours\nBad.Example.\n\nhttps://quiet.example/\nmünchen.example\n") == {
        "bad.example": BLOCKED,
        "quiet.example": BLOCKED,
        "xn--mnchen-3ya.example": BLOCKED,
    }
    assert await read("#domain\ngood.example\n", allows=True) == {"good.example": Ruling(Policy.allowed)}


async def test_rows_that_cannot_be_used_are_skipped_with_a_reason() -> None:
    hosts = {
        "*.bad.example": Skip.wildcard,
        "b*d.example": Skip.wildcard,
        "192.0.2.7": Skip.address,
        "[2001:db8::1]": Skip.address,
        "home.example": Skip.own_domain,
        "own.example": Skip.own_domain,
        "example": Skip.not_a_host,
        "a b.example": Skip.not_a_host,
        "bad.example/@spam": Skip.not_a_host,
        "x" * 300 + ".example": Skip.not_a_host,
        "=HYPERLINK(1)": Skip.not_a_host,
        "good.example": Skip.twice,
    }
    text = "domain,severity\ngood.example,suspend\n" + "".join(f"{host},suspend\n" for host in hosts)
    found, skipped = await read_list(f"{text}odd.example,explode\n".encode(), own_hosts=OWN)
    assert [one.host for one in found] == ["good.example"]
    assert [one.reason for one in skipped] == [*hosts.values(), Skip.unknown_severity]
    assert (skipped[0].line, len(skipped[9].given)) == (3, 255)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "blocklist_empty"),
        (b"\n\n,,\n", "blocklist_empty"),
        (MASTODON.encode(), "blocklist_empty"),
        (b"PK\x03\x04\x00\x00\xff\xfe\x00", "blocklist_empty"),
        (b"<!doctype html><p>Sign in", "blocklist_empty"),
        (b'{"domain": "bad.example"}', "blocklist_empty"),
        (b'"' + b"x" * 200_000, "blocklist_unreadable"),
        (b"x" * (MAX_BYTES + 1), "blocklist_too_large"),
        (b"a.b\n" * 1_000_000, "blocklist_too_many"),
    ],
)
async def test_what_is_no_list_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await read_list(content, own_hosts=OWN)
    assert (refused.value.field, refused.value.code) == ("file", code)
    assert refused.value.sentence


async def test_wrong_bytes_spoil_their_row_only() -> None:
    assert await read(MASTODON.encode() + b"b\xfcd.example,suspend\nbad.example,suspend,,,K\xfche\n") == {
        "bad.example": BLOCKED
    }


@pytest.mark.slow
async def test_the_longest_list_is_read_in_linear_time() -> None:
    def text(count: int) -> bytes:
        return "".join(f"host{number}.example,suspend\n" for number in range(count)).encode()

    took = {}
    for count in (MAX_ROWS // 10, MAX_ROWS):
        begun = time.process_time()
        assert len(await read(text(count))) == count
        took[count] = time.process_time() - begun
    assert took[MAX_ROWS] < 25 * took[MAX_ROWS // 10]


def test_nothing_is_loosened_unless_it_is_wanted() -> None:
    media = Ruling(Policy.limited, reject_media=True)
    allowed = Ruling(Policy.allowed)
    for wanted, known, effect, after in (
        (BLOCKED, Ruling(), Effect.new, BLOCKED),
        (BLOCKED, BLOCKED, Effect.same, BLOCKED),
        (Ruling(), Ruling(), Effect.same, Ruling()),
        (BLOCKED, LIMITED, Effect.changed, BLOCKED),
        (LIMITED, BLOCKED, Effect.kept, BLOCKED),
        (Ruling(), BLOCKED, Effect.kept, BLOCKED),
        (BLOCKED, media, Effect.changed, Ruling(Policy.blocked, reject_media=True)),
        (LIMITED, media, Effect.kept, media),
        (BLOCKED, allowed, Effect.kept, allowed),
        (allowed, BLOCKED, Effect.kept, BLOCKED),
    ):
        assert compare(wanted, known, overrides=False) == (effect, after), (wanted, known)
        assert compare(wanted, known, overrides=True)[1] == wanted


def test_spreadsheets_run_nothing_of_an_export() -> None:
    cells = ["=1+1", "+1", "-1", "@SUM(1)", "\tx", "plain", 'a "b", c']
    assert csv_lines([cells]).decode() == ('\'=1+1,\'+1,\'-1,\'@SUM(1),\'\tx,plain,"a ""b"", c"\n')


async def test_an_export_is_read_as_it_was() -> None:
    lines = csv_lines(
        [MASTODON.strip().split(","), ["a.example", "suspend", "true", "false", "=x, y", "false"]]
    )
    found, _ = await read_list(lines, own_hosts=OWN)
    assert [(one.ruling, one.comment) for one in found] == [
        (Ruling(Policy.blocked, reject_media=True), "=x, y")
    ]
    assert Counter(one.host for one in found) == {"a.example": 1}
