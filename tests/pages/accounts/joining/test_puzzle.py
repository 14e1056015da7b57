"""The puzzle of the form to join: a browser solves it, who doesn't is one of few."""

import datetime as dt
import hashlib
import re
from html import unescape

import pytest

from core import clock
from tests.pages.conftest import Site
from users.access_rules.puzzles import BITS
from users.domains import options
from users.domains import services as domains
from users.domains.models import Level, SignUpMode
from users.domains.queries import clear_domain_cache
from users.logins.services.sign_up import UNSOLVED_PER_NETWORK

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def anybody_can_join(site: Site) -> None:
    await _let_join(site, SignUpMode.open)


async def _let_join(site: Site, mode: SignUpMode) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    clear_domain_cache()


async def _form(site: Site) -> dict[str, str]:
    """Return the hidden fields of the form, and the salt of its puzzle."""
    page = (await site.nobody.get("/sign-up")).text
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(puzzle)" value="([^"]*)"', page)
    }
    return found | dict(
        re.findall(r'data-(puzzle-salt|bits)="(\w+)"', page.replace("data-puzzle=", "data-puzzle-salt="))
    )


def _solve(salt: str) -> str:
    number = 0
    while int.from_bytes(hashlib.sha256(f"{salt}:{number}".encode()).digest()) >> (256 - BITS):
        number += 1
    return str(number)


async def _join(site: Site, name: str, **puzzle: str) -> int:
    form = {"username": name, "email": f"{name}@example.org", "password": "correct horse battery", **puzzle}
    return (await site.nobody.post("/sign-up", form)).status_code


async def _solved(site: Site) -> dict[str, str]:
    form = await _form(site)
    return {"puzzle": form["puzzle"], "answer": _solve(form["puzzle-salt"])}


async def _use_up(site: Site, name: str = "early") -> None:
    for number in range(UNSOLVED_PER_NETWORK):
        assert await _join(site, f"{name}{number}") == 200


async def test_few_join_without_an_answer_and_more_with_one(site: Site) -> None:
    await _use_up(site)
    assert await _join(site, "late") == 429
    assert await _join(site, "late", **await _solved(site)) == 200


async def test_an_answer_counts_once_for_its_domain_in_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, old = await _solved(site), await _solved(site)
    assert await _join(site, "first", **used) == 200
    await _use_up(site)
    wrong = await _solved(site)
    forged = {"puzzle": wrong["puzzle"][:-3] + "abc", "answer": wrong["answer"]}
    for bad in (
        used,
        {**wrong, "answer": "-1"},
        {**wrong, "answer": str(int(wrong["answer"]) + 1)},
        {**wrong, "answer": "9" * 5000},
        forged,
    ):
        assert await _join(site, "late", **bad) == 429
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=3))
    await _use_up(site, "later")
    assert await _join(site, "late", **old) == 429


async def test_there_is_none_where_nobody_could_join_alone_or_staff_want_none(site: Site) -> None:
    await options.set_value(options.SIGN_UP_PUZZLE, False, level=Level.domain, owner=site.domain.pk)
    assert await _form(site) == {}
    for number in range(UNSOLVED_PER_NETWORK + 1):
        assert await _join(site, f"any{number}") == 200
    await options.set_value(options.SIGN_UP_PUZZLE, True, level=Level.domain, owner=site.domain.pk)
    await _let_join(site, SignUpMode.approval)
    assert await _form(site) == {}
