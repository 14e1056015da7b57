"""FEDERATION.md says what the code does. WRITE_FEDERATION_PAGE=1 writes its generated parts anew."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from activities.media import activitypub as media
from activities.publishing import activitypub as publishing
from core.http import json
from federation import registry
from federation.fetching import lookups, slots
from federation.inbox import storing
from tests.activities.federation_page import PAGE, with_generated_parts

_NOT_ACTIVITIES = {"replies_document", "context_document"}  # collections, described in words


def test_the_generated_parts_are_up_to_date() -> None:
    page = PAGE.read_text()
    wanted = with_generated_parts(page)
    if os.environ.get("WRITE_FEDERATION_PAGE"):
        PAGE.write_text(wanted)
    assert page == wanted, "run: WRITE_FEDERATION_PAGE=1 pytest tests/activities/test_ap_federation_page.py"


def test_every_handled_kind_is_on_the_page() -> None:
    page = PAGE.read_text()
    for kind, object_types in registry.handled_types().items():
        if not kind.startswith("Test"):
            assert re.search(rf"^\| {kind} \|", page, re.MULTILINE), kind
            assert all(object_type in page for object_type in object_types)


def test_what_the_page_calls_ignored_has_no_handler() -> None:
    """The page is read by implementers, who know no kinds of ours either."""
    page = PAGE.read_text()
    [ignored] = re.findall(
        r"^Everything else is answered with 202 and ignored: (.*) and so on\.$", page, re.MULTILINE
    )
    assert not set(ignored.split(", ")) & set(registry.handled_types())
    assert not [kind for kind in registry.OWN_KINDS if kind in page]


def test_every_document_that_is_made_has_an_example() -> None:
    """Functions that make one are called by federation_page.py, which is read here."""
    called = (Path(__file__).with_name("federation_page.py")).read_text()
    made = {
        name
        for room in ("activities", "users", "federation")
        for path in (PAGE.parent / room).rglob("*.py")
        if "activitypub" in path.parts
        or path.stem == "activitypub"
        or path.parts[-2:] == ("relays", "documents.py")
        for name in re.findall(r"^def ([a-z]\w*_document)\(", path.read_text(), re.MULTILINE)
    }
    assert {name for name in made if f"{name}(" not in called} <= _NOT_ACTIVITIES


@pytest.mark.parametrize(
    "path", [PAGE, *sorted((PAGE.parent / "docs" / "federate").glob("*.md"))], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize(
    ("words", "module", "name"),
    [
        ("| content | {:,} characters |", publishing, "_MAX_CONTENT_LENGTH"),
        ("| title, content warning | {:,},", publishing, "_MAX_TITLE_LENGTH"),
        ("| mentions, addressees, hashtags | {:,},", publishing, "_MAX_MENTIONS"),
        ("| attachments, description of one | {:,},", media, "_MAX_ATTACHMENTS"),
        ("| poll options | {:,} |", publishing, "_MAX_OPTIONS"),
        ("| of one host from one network | {:,} messages", storing, "_MAX_UNVERIFIED_OF_HOST"),
        ("| of everybody | {:,} messages", storing, "_MAX_UNVERIFIED"),
        ("| size | {:.0e} bytes |", json, "MAX_BYTES"),
        ("| of one client address (IPv6: /64) | {} at once |", lookups, "MAX_PER_CLIENT"),
        ("three under `co.uk` and its like) | {} at once |", lookups, "MAX_PER_SITE"),
        ("| of hosts that never spoke to us | {} at once |", lookups, "MAX_UNKNOWN"),
        ("| of everybody | {} at once |", lookups, "MAX_LOOKUPS"),
        ("| time | {:.0f} seconds |", lookups, "TIMEOUT_S"),
        ("spoke within the last week | {} at once, with the others |", slots, "CONCURRENCY"),
        ("| of hosts that are new | {} at once, 5 seconds each |", slots, "MAX_NEW"),
        ("deliveries fail | {} at once |", slots, "MAX_SILENT"),
        ("| of one site among those | {} at once |", slots, "MAX_PER_SITE"),
        ("| of one address among those | {} at once |", slots, "MAX_PER_ADDRESS"),
    ],
)
def test_the_limits_are_those_of_the_code(words: str, module: Any, name: str) -> None:
    page = (PAGE.parent / "docs" / "federate" / "limits.md").read_text()
    shown = words.format(getattr(module, name)).replace("1e+06 bytes", "1 MB")
    assert shown in page
