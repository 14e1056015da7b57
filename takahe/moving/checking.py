"""Checks on the rows of a file that may come from anybody: types, lengths, hosts, addresses, and HTML, which is sanitised."""

import base64
import binascii
import datetime as dt
import re
from contextlib import suppress
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from activities.old_posts.models import AGES_DAYS
from core.crypto.keys import seal
from core.db.network_field import NetworkField
from core.errors import BadInput
from core.media.names import is_stored_name
from core.texts.html import sanitise
from federation.documents import host_of
from takahe.moving.belongings import CAPTIONS, COLLECTIONS, MARKERS, OLD_POSTS
from takahe.moving.shapes import has_shape
from takahe.moving.table import Table
from takahe.moving.tables import PEOPLE, POSTS
from users.domains.footer import check_links
from users.domains.limits import check_limits
from users.domains.models import Level
from users.domains.options import by_name
from users.domains.services import MAIL_NAME

_MAX_TEXT = 1_000_000
_MAX_ID = 2**63 - 1
_MAX_SMALL = 2**15 - 1
_MAX_INT = 2**31 - 1
_USERNAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?")
_LINK_WORDS = re.compile(r' (?:rel="(?:(?:tag|me|nofollow|noopener|noreferrer) ?)+"|target="_blank")')
_ADDRESSES = ("uri", "url", "website")
_YEARS = range(1900, 2500)  # Postgres and Python agree on all of them, in any time zone
# as users/logins/passwords.py writes them; costs that this machine can pay: 128 MB
_HASH = re.compile(r"scrypt\$(\d{1,6})\$[\w./+=-]{1,100}\$(\d{1,2})\$(\d{1,2})\$[\w./+=-]{20,200}", re.ASCII)
_WORDS = {
    MARKERS: ("last_read_id", re.compile(r"[0-9]{1,19}")),
    CAPTIONS: ("name", re.compile(r"[\w-]{10,30}", re.ASCII)),
}
_MOST_HASH = (1 << 17, 8, 16)


class Checker:
    """Checks the rows of the domain `name`, whose documents are on `host`."""

    def __init__(self, name: str, host: str) -> None:
        self.name, self.host = name, host

    def check(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """Return the row as it may be stored. Raises BadInput with the model and the column."""
        if set(row) != set(table.names):
            raise BadInput(f"A row of {table.label} has other columns than expected.")
        for column in table.names:
            row[column] = self._value(table, column, row[column])
        if table.label == PEOPLE:
            self._person(row)
        elif table.label == POSTS or table.label == COLLECTIONS:
            self._own_address(table.label, "uri", row["uri"])
        elif table.label in _WORDS:
            column, form = _WORDS[table.label]
            if not form.fullmatch(row[column]):
                raise _wrong(table.label, column, row[column])
        elif table.label == "users.Option":
            by_name(row["name"]).check(row["value"])
            if row["level"] != Level.domain:
                raise BadInput("An option is of another level.")
        elif table.label == OLD_POSTS:
            if row["days"] not in AGES_DAYS:
                raise _wrong(OLD_POSTS, "days", row["days"])
        elif table.label == "users.Domain":
            row["footer_links"] = check_links(row["footer_links"])
            if row["mail_name"] and not MAIL_NAME.fullmatch(row["mail_name"]):
                raise _wrong(table.label, "mail_name", row["mail_name"])
            try:
                row["limits"] = check_limits(row["limits"])
            except AttributeError as error:
                raise _wrong(table.label, "limits", row["limits"]) from error
        for column in table.sealed:
            row[column] = seal(row[column])
        return row

    def address(self, text: Any) -> str:
        """Return an address on another host. Raises BadInput for anything else."""
        if not isinstance(text, str) or not _is_address(text) or host_of(text) in {self.host, self.name}:
            raise BadInput(f"{str(text)[:200]!r} is no address on another server.")
        return text

    def _value(self, table: Table, column: str, value: Any) -> Any:
        field = table.fields[column]
        if value is None:
            if not field.null:
                raise _wrong(table.label, column, value)
            return None
        value = _typed(table.label, column, field, value)
        if isinstance(field, models.JSONField) and not has_shape(table.label, column, value):
            raise _wrong(table.label, column, value)
        if column in table.html:
            return _harmless(value)
        if column in table.files and value and not is_stored_name(value):
            raise _wrong(table.label, column, value)
        if column == "password_hash" and value and not _is_hash(value):
            raise BadInput("A password can't be read.")
        if column == "email" and not _is_email(value):
            raise _wrong(table.label, column, value)
        if column.rpartition("_")[2] in _ADDRESSES and value and not _is_address(value):
            raise _wrong(table.label, column, value)
        return value

    def _person(self, row: dict[str, Any]) -> None:
        if row["host"] != self.name or not _USERNAME.fullmatch(row["username"]):
            raise _wrong(PEOPLE, "username", row["username"])
        for column in row:
            if column in {"uri", "public_key_id", "inbox_url", "outbox_url", "followers_url", "following_url", "featured_url"}:  # fmt: skip
                self._own_address(PEOPLE, column, row[column])
        if row["shared_inbox_url"]:
            self._own_address(PEOPLE, "shared_inbox_url", row["shared_inbox_url"])
        try:
            load_pem_private_key(row["private_key"].encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadInput(f"The key of {row['username']} can't be read.") from error
        for one in row["fields"]:
            one["value"] = _harmless(one.get("value", ""))

    def _own_address(self, label: str, column: str, value: str) -> None:
        if not _is_address(value) or host_of(value) != self.host:
            raise _wrong(label, column, value)


def _harmless(html: str) -> str:
    """Return sanitised HTML; unchanged if only `rel` and `target` of links differ, because peers know the original."""
    clean = sanitise(html)
    return html if _LINK_WORDS.sub("", html) == _LINK_WORDS.sub("", clean) else clean


def _is_hash(text: str) -> bool:
    found = _HASH.fullmatch(text)
    return found is not None and all(
        0 < int(cost) <= most for cost, most in zip(found.groups(), _MOST_HASH, strict=True)
    )


def _is_email(text: str) -> bool:
    with suppress(ValidationError):  # then it is invalid
        validate_email(text)
        return True
    return False


def _is_address(text: str) -> bool:
    with suppress(ValueError):  # then the value is invalid
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname) and text.isprintable()
    return False


def _typed(label: str, column: str, field: "models.Field[Any, Any]", value: Any) -> Any:
    """Return the value if it is of the column's type."""
    if field.is_relation:
        field = field.target_field
    is_fine = False
    if isinstance(field, models.BooleanField):
        is_fine = isinstance(value, bool)
    elif isinstance(field, models.IntegerField):
        most = (
            _MAX_SMALL
            if isinstance(field, models.SmallIntegerField | models.SmallAutoField)
            else _MAX_ID
            if isinstance(field, models.BigIntegerField | models.BigAutoField)
            else _MAX_INT
        )
        is_fine = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= most
    elif isinstance(field, models.FloatField):
        is_fine = isinstance(value, int | float) and not isinstance(value, bool)
    elif isinstance(field, models.JSONField):
        return value
    elif not isinstance(value, str) or len(value) > _MAX_TEXT:
        is_fine = False
    elif isinstance(field, models.DateTimeField):
        with suppress(ValueError):  # then the value is invalid
            moment = dt.datetime.fromisoformat(value)
            is_fine = moment.tzinfo is not None and moment.year in _YEARS
    elif isinstance(field, models.DateField):
        with suppress(ValueError):  # then the value is invalid
            is_fine = dt.date.fromisoformat(value).year in _YEARS
    elif isinstance(field, models.BinaryField):
        with suppress(binascii.Error):  # then the value is invalid
            is_fine = bool(base64.b64decode(value, validate=True))
    elif isinstance(field, NetworkField):
        with suppress(ValueError):  # then the value is invalid
            is_fine = bool(ip_network(value))
    elif isinstance(field, models.CharField | models.TextField):
        is_fine = "\0" not in value and len(value) <= (field.max_length or _MAX_TEXT)
        if (graph := getattr(field, "graph", None)) is not None:
            is_fine = value in graph.states
    choices = [key for key, _ in field.flatchoices]
    if not is_fine or (choices and value not in {*choices, field.get_default()}):
        raise _wrong(label, column, value)
    return value


def _wrong(label: str, column: str, value: Any) -> BadInput:
    return BadInput(f"{label} has an invalid {column}: {str(value)[:100]!r}.")
