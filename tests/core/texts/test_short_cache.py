"""Caches of untrusted texts are bounded by size, not only by number."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from core.errors import Problem
from core.hosts.names import normal_authority, normal_host
from core.http import parse_url
from core.texts import normal_tag
from core.texts.languages import normal_language
from federation.documents import host_of, same_host

_TEXTS = 20
_LENGTH = 500_000


@pytest.mark.parametrize(
    ("function", "beginning"),
    [
        (host_of, "https://peer.example/"),
        (lambda text: same_host(text, text), "https://peer.example/"),
        (parse_url, "https://peer.example/"),
        (normal_tag, "#"),
        (normal_language, "en-"),
        (normal_host, ""),
        (normal_authority, ""),
    ],
)
def test_long_texts_are_not_kept(function: Callable[[str], object], beginning: str) -> None:
    with suppress(Problem, ValueError):
        function(f"{beginning}short")  # what is imported at the first use is no cache
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(_TEXTS):
            with suppress(Problem, ValueError):
                function(f"{beginning}{number}" + "a" * _LENGTH)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 2 * _LENGTH
