"""2,000 documents that nobody would write, signed by a known peer: never a 500, no stuck row, and the worker lives on."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.db import sql
from federation.remote_keys import fetch_key
from tests.federation.conftest import messages, post
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_DOCUMENTS = 2000
_BATCH = 100

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

_words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(_TYPES),
    st.sampled_from(
        ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "http://far.test/x", "http://[", "//"]
    ),
    st.sampled_from(
        ["2026-01-01T00:00:00Z", "0000-00-00", "9999-12-31T23:59:59+99:99", "<p>hi</p>", "<" * 30]
    ),
)
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(_KEYS), st.text(max_size=8)), inner, max_size=6),
    ),
    max_leaves=20,
)
_documents = st.fixed_dictionaries(
    {"type": st.one_of(st.sampled_from(_TYPES), st.sampled_from(_TYPES), _values), "object": _values},
    optional={key: _values for key in _KEYS if key not in ("type", "object", "actor", "id")},
)


def _generate(count: int) -> list[dict[str, Any]]:
    """So many documents from Hypothesis, drawn outside the event loop."""
    found: list[dict[str, Any]] = []

    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_documents)
    def draw(document: dict[str, Any]) -> None:
        found.append(document)

    draw()
    return found[:count]


async def test_no_document_breaks_the_inbox_or_the_worker(local, peer, ana, worker, seen):
    await fetch_key(ana.key_id)
    documents = _generate(_DOCUMENTS)
    assert len(documents) > _DOCUMENTS * 0.9
    chance = random.Random(1)
    taken = 0
    for start in range(0, len(documents), _BATCH):
        for document in documents[start : start + _BATCH]:
            whole = peer.activity(ana, "x") | document
            # mostly as its sender, so that most of them reach the handlers
            if chance.random() < 0.1:
                whole |= {key: document[key] for key in ("actor", "id") if key in document}
            body = json.dumps(whole).encode(errors="surrogatepass")
            answer = await post(local, peer, ana, body)
            assert answer.status_code in (202, 400, 401, 403, 413, 415), (answer.status_code, whole)
            taken += answer.status_code == 202
    assert taken > len(documents) * 0.4

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
