"""The words of the interface: plain English, the usual terms of the fediverse. What newcomers stumbled over does not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_ODD = re.compile(
    r"\bstands? here\b|\b(?:is|are) gone\b|\bany more\.|Be this one|[Bb]e somebody else|Look at them|Free them|Never mind|"
    r"Your name on it|What stands behind|the same again and again|Table on your profile|I look at each|Run this server|"
    r"Make (?:it|the (?:list|filter))\b|Set it\b|Let it in|lets? in\b|Take (?:it )?back|Nobody waits|Part of its name"
)
_PLACES = (
    "templates/**/*.html",
    "templates/**/*.txt",
    "static/js/**/*.js",
    "*/views/*.py",
    "api/oauth/scopes.py",
)


@pytest.mark.parametrize("place", _PLACES)
def test_pages_and_mails_are_in_plain_english(place: str) -> None:
    files = sorted(ROOT.glob(place))
    assert files
    odd = []
    for file in files:
        text = file.read_text()
        if file.suffix in {".py", ".js"}:  # what people read stands in quotes, not in comments
            text = "\n".join(re.findall(r'(?<!")"([^"\n]+)"(?!")', text))
        odd += [f"{file.relative_to(ROOT)}: {found[0]}" for found in _ODD.finditer(text)]
    assert odd == []
