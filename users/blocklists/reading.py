"""Reading and writing blocklists as CSV, and comparing them with known policies. Pure.

Understood are Mastodon's form, those of shared lists (`domain,severity,public_comment,…` in any order) and one host a line.
"""

import asyncio
import csv
import io
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from core.errors import Invalid
from federation.policies import Policy
from users.domains.names import check_host

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 100_000
COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")
_PIECE = 500  # rows, about ten milliseconds: then other requests go on
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets run
_HOST_COLUMNS = {"domain", "host", "hostname", "instance"}
_POLICIES = {
    "suspend": Policy.blocked,
    "silence": Policy.limited,
    "limit": Policy.limited,
    "noop": Policy.open,
    "none": Policy.open,
}
SEVERITIES = {Policy.blocked: "suspend", Policy.limited: "silence"}
_STRICTNESS = (Policy.open, Policy.limited, Policy.blocked)


class Skip(StrEnum):
    """Reasons for which a row has no effect."""

    not_a_host = "not_a_host"
    address = "address"
    wildcard = "wildcard"
    own_domain = "own_domain"
    twice = "twice"
    unknown_severity = "unknown_severity"


class Effect(StrEnum):
    """Effects of a row on the policy of its server. `kept`: the policy is stricter or was decided otherwise, and stays."""

    new = "new"
    changed = "changed"
    kept = "kept"
    same = "same"


class Ruling(msgspec.Struct, frozen=True):
    policy: Policy = Policy.open
    reject_media: bool = False
    reject_reports: bool = False


class Listed(msgspec.Struct, frozen=True):
    line: int
    host: str
    ruling: Ruling
    comment: str = ""


class FetchedServer(msgspec.Struct, frozen=True, array_like=True):
    host: str
    ruling: Ruling
    comment: str


class Fetched(msgspec.Struct, frozen=True):
    """A list that was fetched. `pieces` are lists of FetchedServer as JSON; `problem` is the code of an error, with its fact `most`."""

    pieces: list[bytes]
    skipped: int
    problem: str = ""
    most: int = 0


class Skipped(msgspec.Struct, frozen=True):
    line: int
    given: str
    reason: Skip


async def read_list(
    content: bytes, *, own_hosts: frozenset[str], allows: bool = False
) -> tuple[list[Listed], list[Skipped]]:
    """Return the servers of a list and the rows that are skipped; other tasks run meanwhile.

    Rows without a severity mean a block, or with `allows` an allowed server. Raises Invalid for what is too long or no list.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("file", "blocklist_too_large", most=MAX_BYTES // 1024 // 1024)
    reader = _Reader(own_hosts, Policy.allowed if allows else Policy.blocked)
    count = 0
    try:
        for line, row in _rows(content):
            count += 1
            if count > MAX_ROWS:
                raise Invalid("file", "blocklist_too_many", most=MAX_ROWS)
            reader.read_row(line, row)
            if count % _PIECE == 0:
                await asyncio.sleep(0)
    except csv.Error as error:
        raise Invalid("file", "blocklist_unreadable", detail=str(error)) from error
    if not reader.listed and not any(one.reason != Skip.not_a_host for one in reader.skipped):
        raise Invalid("file", "blocklist_empty")
    return list(reader.listed.values()), reader.skipped


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that aren't empty, with their lines. Spreadsheets write UTF-16, with a mark; what is not UTF-8 is replaced."""
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if is_utf16 else "utf-8-sig", "replace").replace("\0", "")
    reader = csv.reader(io.StringIO(text, newline=None))
    for row in reader:
        if row and any(row):
            yield reader.line_num, row


class _Reader:
    """The columns, as the first row names them, and what was read so far."""

    def __init__(self, own_hosts: frozenset[str], otherwise: Policy) -> None:
        self.listed: dict[str, Listed] = {}
        self.skipped: list[Skipped] = []
        self._own_hosts, self._otherwise = own_hosts, otherwise
        self._columns: dict[str, int] | None = None

    def read_row(self, line: int, row: list[str]) -> None:
        if self._columns is None and self._takes_names(row):
            return
        given = self._cell(row, "domain")
        if given.startswith("#") or not given:
            return  # a remark
        host, reason = self._host(given)
        severity = self._cell(row, "severity").lower()
        has_severity = "severity" in (self._columns or {})
        policy = _POLICIES.get(severity) if has_severity else self._otherwise
        if reason is None and policy is None:
            reason = Skip.unknown_severity
        if reason is not None or policy is None:
            self.skipped.append(Skipped(line, given[:255], reason or Skip.unknown_severity))
            return
        ruling = Ruling(policy, self._is_true(row, "reject_media"), self._is_true(row, "reject_reports"))
        self.listed[host] = Listed(line, host, ruling, self._comment(row))

    def _takes_names(self, row: list[str]) -> bool:
        """Take the names of the columns from the first row, or Mastodon's order for rows without names."""
        names = {name.strip().lstrip("#").strip().lower(): place for place, name in enumerate(row)}
        host = next((names[name] for name in names if name in _HOST_COLUMNS), None)
        if host is not None:
            self._columns = {**names, "domain": host}
            return True
        if len(row) == 1 and row[0].lstrip().startswith("#"):
            return True  # a remark above the list
        self._columns = {"domain": 0}
        if len(row) > 1 and row[1].strip().lower() in _POLICIES:
            self._columns = {name[1:]: place for place, name in enumerate(COLUMNS)}
        return False

    def _cell(self, row: list[str], name: str) -> str:
        place = (self._columns or {}).get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    def _is_true(self, row: list[str], name: str) -> bool:
        return self._cell(row, name).lower() in {"true", "t", "1", "yes"}

    def _comment(self, row: list[str]) -> str:
        found = (self._cell(row, "public_comment"), self._cell(row, "private_comment"))
        words = " · ".join(one for one in dict.fromkeys(found) if one)[:1000]
        return words[1:] if words.startswith("'") and words[1:].startswith(_FORMULA) else words

    def _host(self, given: str) -> tuple[str, Skip | None]:
        if "*" in given:
            return "", Skip.wildcard
        try:
            host = check_host(given.removeprefix("@"))
        except Invalid as error:
            return "", Skip.address if error.code == "not_usable" else Skip.not_a_host
        name = host.partition(":")[0]
        if name.replace(".", "").isdigit():
            return "", Skip.address
        if "." not in name:
            return "", Skip.not_a_host  # a whole top-level domain
        if host in self._own_hosts or any(own.endswith(f".{host}") for own in self._own_hosts):
            return "", Skip.own_domain
        return host, Skip.twice if host in self.listed else None


def compare(wanted: Ruling, known: Ruling, *, overrides: bool) -> tuple[Effect, Ruling]:
    """Return what a row does, and the policy after it. Nothing is loosened and no allowed server restricted unless it `overrides`."""
    if wanted == known:
        return Effect.same, known
    if known == Ruling():
        return Effect.new, wanted
    if overrides:
        return Effect.changed, wanted
    if Policy.allowed in (known.policy, wanted.policy):
        return Effect.kept, known
    both = strictest(wanted, known)
    return (Effect.kept if both == known else Effect.changed), both


def strictest(one: Ruling, other: Ruling) -> Ruling:
    """Return the policy that restricts a server as both do; neither allows it explicitly."""
    return Ruling(
        max(one.policy, other.policy, key=_STRICTNESS.index),
        one.reject_media or other.reject_media,
        one.reject_reports or other.reject_reports,
    )


def read_fetched(content: bytes, own_hosts: list[str]) -> Fetched:
    """Read a list that was fetched, in a child process: its rows are not ours, and one can have millions of cells.

    Rows that restrict nothing are skipped. An error is returned as its code.
    """
    try:
        listed, skipped = asyncio.run(read_list(content, own_hosts=frozenset(own_hosts)))
    except Invalid as problem:
        return Fetched([], 0, problem.code, int(problem.facts.get("most", 0)))
    servers = [FetchedServer(one.host, one.ruling, one.comment) for one in listed if one.ruling != Ruling()]
    pieces = [
        msgspec.json.encode(servers[start : start + _PIECE]) for start in range(0, len(servers), _PIECE)
    ]
    if not servers:
        return Fetched([], 0, "blocklist_empty")
    return Fetched(pieces, len(skipped) + len(listed) - len(servers))


def csv_lines(rows: list[list[str]]) -> bytes:
    """Return rows as CSV. Spreadsheets run none of the comments."""
    text = io.StringIO()
    safe = [[f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows]
    csv.writer(text, lineterminator="\n").writerows(safe)
    return text.getvalue().encode()
