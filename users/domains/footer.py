"""The links that a domain has at the foot of its pages. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from core.errors import Invalid
from core.http.errors import BadUrl
from core.http.url import parse_url

MAX_LINKS = 6
MAX_LABEL_LENGTH = 40
MAX_ADDRESS_LENGTH = 500
# marks that turn the direction of text: each label has its own direction, and these would show it backwards
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols without ink


def check_links(links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return `[label, address]` of each link as stored. Raises Invalid for one without a label or with another address than https."""
    if len(links) > MAX_LINKS:
        raise Invalid("footer_links", "too_many", most=MAX_LINKS)
    checked = []
    for label, address in links:
        label, address = _TURNING.sub("", label).strip(), address.strip()
        if not _is_visible(label):
            raise Invalid("footer_links", "without_name", given=address)
        if len(label) > MAX_LABEL_LENGTH:
            raise Invalid("footer_links", "name_too_long", most=MAX_LABEL_LENGTH)
        if not _is_https(address):
            raise Invalid("footer_links", "not_https", given=address[:100])
        checked.append([label, address])
    return checked


def _is_visible(label: str) -> bool:
    """Return whether the label has a character that leaves ink: a link that nobody sees can't be pressed."""
    return any(unicodedata.category(one)[0] in "LNPS" and one not in _BLANK for one in label)


def _is_https(address: str) -> bool:
    if len(address) > MAX_ADDRESS_LENGTH or any(one.isspace() for one in address):
        return False
    try:
        parse_url(address)
    except BadUrl:
        return False
    return address.startswith("https://")
