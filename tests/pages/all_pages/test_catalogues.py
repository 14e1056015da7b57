"""The catalogues have every text that is marked, translated, with the same parts and tags in it."""

import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import polib
import pytest
from django.utils.translation import to_locale

from core.languages import ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parents[3]
OTHERS = [code for code in LANGUAGES if code != ENGLISH]
_PART = re.compile(r"%\(\w+\)[sd]|%%|\{[\w!:,]*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def _catalogue(language: str) -> Any:
    return polib.pofile(str(ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / "django.po"))


def _tool() -> ModuleType:
    loader = SourceFileLoader("messages_tool", str(ROOT / "tools" / "messages"))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def marked() -> set[tuple[str, str, str]]:
    return {tuple(text) for text in _tool().marked_texts()}


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_exactly_the_marked_texts(language: str, marked: set[tuple[str, str, str]]) -> None:
    """`make messages` brings it up to date."""
    known = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") for entry in _catalogue(language)}
    assert marked - known == set(), "not collected"
    assert known - marked == set(), "gone"
    assert len({(context, text) for context, text, _ in known}) == len(known), "alone, and with a plural"


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    catalogue = _catalogue(language)
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])  # type: ignore[index]
    for entry in catalogue:
        assert not entry.msgid_plural or len(entry.msgstr_plural) == forms, entry.msgid


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_parts_and_tags_are_kept(language: str) -> None:
    """A part that is lost raises or leaves a hole when the page is rendered, and a tag that is not the original's is markup of a translator's."""
    wrong = []
    for entry in _catalogue(language):
        whole = {*_parts(entry.msgid), *_parts(entry.msgid_plural or "")}
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            extra = set(_parts(text)) - whole
            lost = set() if entry.msgid_plural else whole - set(_parts(text))
            tags = sorted(_TAG.findall(text)) in (
                sorted(_TAG.findall(entry.msgid)),
                sorted(_TAG.findall(entry.msgid_plural or "")),
            )
            if extra or lost or not tags:
                wrong.append((entry.msgid, text))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_ends_an_attribute_or_begins_a_tag(language: str) -> None:
    """Texts stand in attributes as they are, since Django takes what a catalogue says for safe."""
    wrong: list[str] = []
    for entry in _catalogue(language):
        sources = (entry.msgid, entry.msgid_plural or entry.msgid)
        texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        wrong += [text for text in texts if not any(_signs(text) == _signs(source) for source in sources)]
    assert wrong == []


def _signs(text: str) -> list[int]:
    return [text.count(sign) for sign in '"<>&']


def _parts(text: str) -> list[str]:
    return _PART.findall(text)
