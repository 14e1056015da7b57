"""Reading a list of follows: what people paste, and the CSV files of other servers. Pure."""

import csv
import io
import re

import msgspec

from core.errors import Invalid
from users.identities.names import split_handle

MAX_ADDRESSES = 2000  # rows per identity, including those of the last week
MAX_BYTES = 512 * 1024
MOST_SKIPPED = 20  # lines that are named
_LONGEST = 500
_SHOWN = 60  # characters of a skipped line
_HEADERS = {"account address", "account", "address"}  # Mastodon's following_accounts.csv, and others'
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how spreadsheets export "Unicode text"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


class Skipped(msgspec.Struct, frozen=True):
    """A line that is not an address. `text` is its first column, shortened and printable."""

    line: int
    text: str


class FollowList(msgspec.Struct):
    """The addresses of a list, by their lower case, and the first MOST_SKIPPED of its `skipped_count` unreadable lines."""

    addresses: dict[str, str] = {}
    skipped: list[Skipped] = []
    skipped_count: int = 0


def decoded(file: bytes) -> str:
    """Return the text of an uploaded file. Raises Invalid for a binary one."""
    encoding = "utf-16" if file.startswith(_UTF_16) else "utf-8"
    try:
        text = file.decode(encoding)
    except UnicodeDecodeError:
        text = file.decode("latin-1")  # a spreadsheet's, with names of its own language in other columns
    if _CONTROL.search(text):
        raise Invalid("file", "not_a_csv")
    return text


def add_lines(found: FollowList, text: str, field: str) -> None:
    """Add the first column of a CSV file, or one address per line. Raises Invalid for a list that is too long or no list at all."""
    if len(text) > MAX_BYTES:
        raise Invalid(field, "follows_too_many", most=MAX_ADDRESSES)
    rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=None))
    try:
        for row in rows:
            address = row[0].strip().lstrip("\ufeff@") if row else ""
            if not address or address.lower() in _HEADERS:
                continue
            if _is_address(address):
                found.addresses.setdefault(address.lower(), address)
            else:
                found.skipped_count += 1
                if len(found.skipped) < MOST_SKIPPED:
                    found.skipped.append(Skipped(rows.line_num, _printable(address)))
    except csv.Error as error:
        raise Invalid(field, "not_a_csv") from error


def _is_address(text: str) -> bool:
    if len(text) > _LONGEST or not text.isprintable():
        return False
    if text.startswith(("https://", "http://")):
        return True
    try:
        return bool(split_handle(text)[1])
    except Invalid:
        return False


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text[:_SHOWN])
