"""2,000 documents that nobody would write, signed by a known peer: never a 500, no stuck row, and the worker lives on."""

import json
import random
from typing import Any

import pytest

from core.db import sql
from federation.remote_keys import fetch_key
from tests.federation.conftest import messages, post
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_DOCUMENTS = 2000

_KEYS = [
    "id",
    "type",
    "object",
    "actor",
    "content",
    "to",
    "cc",
    "tag",
    "attachment",
    "attributedTo",
    "inReplyTo",
]
_KEYS += [
    "published",
    "updated",
    "summary",
    "name",
    "url",
    "publicKey",
    "endpoints",
    "icon",
    "target",
    "@context",
]
_TYPES = [
    "Create",
    "Update",
    "Delete",
    "Follow",
    "Accept",
    "Reject",
    "Announce",
    "Like",
    "Undo",
    "Block",
    "Flag",
]
_TYPES += [
    "Move",
    "Add",
    "Remove",
    "View",
    "TestWave",
    "Note",
    "Question",
    "Person",
    "Tombstone",
    "Image",
    "Mention",
]

_SPECIAL = [
    "https://www.w3.org/ns/activitystreams#Public",
    "as:Public",
    "http://far.test/x",
    "http://[",
    "//",
    "2026-01-01T00:00:00Z",
    "0000-00-00",
    "9999-12-31T23:59:59+99:99",
    "<p>hi</p>",
    "<" * 30,
]
_NUMBERS = [0, -1, 1, 2**31, 2**63, -(2**70), 0.5, -0.0, 1e308, 5e-324]


class _Source:
    """Documents by chance: any JSON below the keys that handlers read. Plain `random`: Hypothesis took 100 of this test's 120 seconds."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def _text(self, longest: int) -> str:
        chance = self._chance
        # every plane, control characters and lone surrogates among them; small ones more often
        return "".join(
            chr(chance.randrange(chance.choice((0x80, 0x3000, 0x110000))))
            for _ in range(chance.randrange(longest + 1))
        )

    def _word(self) -> str:
        chance = self._chance
        return chance.choice((self._text(40), chance.choice(_TYPES), chance.choice(_SPECIAL)))

    def _value(self, depth: int = 0) -> Any:
        chance = self._chance
        kind = chance.randrange(7 if depth < 4 else 5)
        if kind < 3:
            return self._word()
        if kind == 3:
            return chance.choice((None, True, False))
        if kind == 4 and chance.random() < 0.01:
            # json.dumps writes these, and no parser should take them
            return chance.choice((float("inf"), float("nan")))
        if kind == 4:
            return chance.choice((*_NUMBERS, chance.randrange(-(2**64), 2**64), chance.random()))
        if kind == 5:
            return [self._value(depth + 1) for _ in range(chance.randrange(5))]
        return {
            chance.choice((chance.choice(_KEYS), self._text(8))): self._value(depth + 1)
            for _ in range(chance.randrange(7))
        }

    def document(self) -> dict[str, Any]:
        chance = self._chance
        found: dict[str, Any] = {
            "type": chance.choice(_TYPES) if chance.random() < 0.67 else self._value(),
            "object": self._value(),
        }
        for key in _KEYS:
            if key not in ("type", "object", "actor", "id") and chance.random() < 0.5:
                found[key] = self._value()
        # mostly as its sender, so that most of them reach the handlers
        if chance.random() < 0.1:
            found |= {key: self._value() for key in ("actor", "id") if chance.random() < 0.5}
        return found


async def test_no_document_breaks_the_inbox_or_the_worker(local, peer, ana, worker, seen):
    await fetch_key(ana.key_id)
    seed = random.randrange(2**32)
    print("seed:", seed)  # shown when it fails
    source = _Source(seed)
    taken = 0
    for _ in range(_DOCUMENTS):
        whole = peer.activity(ana, "x") | source.document()
        answer = await post(local, peer, ana, json.dumps(whole).encode())
        assert answer.status_code in (202, 400, 401, 403, 413, 415), (answer.status_code, whole)
        taken += answer.status_code == 202
    assert taken > _DOCUMENTS * 0.4

    async def none_waits() -> bool:
        # a temporary failure waits for its next try, with a reason; whatever else is due is being worked on
        waiting = await sql.rows(
            """SELECT state, activity_type, convert_from(body, 'utf8') FROM federation_inboxmessage
               WHERE state IN ('received', 'unverified', 'fetching') AND state_error IS NULL"""
        )
        stuck[:] = waiting[:3]
        return not waiting

    stuck: list[tuple[str, ...]] = []
    try:
        await wait_until(none_waits, 40, every_s=0.2)
    except AssertionError:
        pytest.fail(f"these wait without a reason: {stuck}")
    await post(local, peer, ana, peer.activity(ana, "TestWave"))
    await wait_until(lambda: seen.ids)
    ends = {
        state: sum(message.state == state for message in await messages())
        for state in ("handled", "skipped", "failed")
    }
    broken = [message for message in await messages() if message.tries and message.state != "handled"]
    assert not broken, [(message.state_error, bytes(message.body)) for message in broken[:5]]
    assert sum(ends.values()) >= taken * 0.95
