"""CPU time of the worker for one incoming post with 1,000 rules of the storm shelter, compared with none.

Both take turns, so that other load on the machine affects both. The rules are words, phrases with wildcards, links, hosts and numbers,
and none of the posts meets all conditions of one.
"""

import asyncio
import json
import random
import sys
import time

from benchmarks.support.common import report
from benchmarks.support.database import migrated_database

BOUND = 1.1
RULES = 1000
POSTS = 400
ROUNDS = 9
HOST = "bench.test"
ACTOR = "https://far.test/users/ana"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "co", "di", "fu", "ke")
    for b in ("la", "mi", "no", "ru")
    for c in ("s", "t", "x", "")
]


def main() -> bool:
    with migrated_database(TAKAHE_LOG_LEVEL="WARNING"):
        import django
        import uvloop

        django.setup()
        return uvloop.run(_compare())


async def _compare() -> bool:
    from core.db import own_connection
    from stator.registry import load_handlers

    load_handlers()
    async with own_connection():
        await _prepare()
    pairs = []
    for number in range(ROUNDS):
        plain = await _handled(number, rules=False)
        ruled = await _handled(number, rules=True)
        if number:  # the first round fills caches
            pairs.append((ruled, plain))
    ruled, plain = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    return report(
        "incoming posts, CPU of one with 1,000 rules", ruled, plain, BOUND, unit=" ms", at_most=True
    )


async def _prepare() -> None:
    """Create a domain with a follower of Ana, and the rules."""
    from activities.shelter.services.rules import add_rule
    from core import clock
    from users.domains.models import Domain
    from users.identities.models import Identity
    from users.logins.services.staff import OPERATOR
    from users.relations.models import Follow

    domain = await Domain.objects.acreate(name=HOST)
    now = clock.now()
    ana = await Identity.objects.acreate(
        username="ana",
        host="far.test",
        uri=ACTOR,
        created_at=now,
        fetched_at=now,
        followers_url=f"{ACTOR}/followers",
    )
    bea = await Identity.objects.acreate(
        username="bea", host=HOST, domain=domain, uri=f"https://{HOST}/users/bea", created_at=now
    )
    await Follow.objects.acreate(source=bea, target=ana, accepted_at=now)
    for number in range(RULES):
        word = f"{random.choice(_WORDS)}{number}"
        conditions = (
            {"phrases": [word, f"{random.choice(_WORDS)} {word}"]},
            {"phrases": [f"{word}*", f"*{word}*"]},
            {"link_hosts": [f"{word}.example"]},
            {"hosts": [f"{word}.example"], "min_strangers": 1},
            {"min_mentions": 5, "younger_than_h": 48},
        )[number % 5]
        await add_rule(moderator=OPERATOR, name=word, action="hold", mode="active", **conditions)


async def _handled(number: int, *, rules: bool) -> float:
    """Return the milliseconds of CPU time of the worker for one post."""
    from activities.shelter.models import ShelterRule
    from activities.shelter.queries.rules import forget_rules
    from core.db import own_connection, sql
    from federation.models import InboxMessage
    from stator.workers.worker import Worker

    async with own_connection():
        await ShelterRule.objects.all().aupdate(mode="active" if rules else "off", changed_at=time_now())
        await InboxMessage.objects.abulk_create(_message(f"{number}-{rules}-{one}") for one in range(POSTS))
    forget_rules()
    stop = asyncio.Event()
    waiting = "SELECT EXISTS (SELECT 1 FROM federation_inboxmessage WHERE state IN ('received', 'fetching'))"
    worker = Worker([InboxMessage], with_jobs=False)
    started = time.process_time()
    task = asyncio.create_task(worker.run(stop))
    async with own_connection():
        while await sql.value(waiting):
            await asyncio.sleep(0.1)
    took = time.process_time() - started
    stop.set()
    await task
    async with own_connection():
        stored = await sql.value("SELECT count(*) FROM federation_inboxmessage WHERE state = 'handled'")
        assert stored == POSTS, stored
        await sql.run("TRUNCATE federation_inboxmessage")
    return took / POSTS * 1000


def time_now() -> object:
    from core import clock

    return clock.now()


def _message(name: str) -> object:
    from federation.inbox.storing import unique_key
    from federation.models import InboxMessage

    uri = f"https://far.test/notes/{name}"
    text = "A post of the usual length, as they go around. " * 12
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": ACTOR,
        "content": f'<p>{text} {name} <a href="https://news.example/{name}">news.example</a></p>',
        "to": [PUBLIC],
    }
    create = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": ACTOR,
        "object": note,
        "to": [PUBLIC],
    }
    body = json.dumps(create).encode()
    return InboxMessage(
        activity_id=create["id"],
        activity_type="Create",
        actor=ACTOR,
        host="far.test",
        key_id=f"{ACTOR}#main-key",
        size=len(body),
        body=body,
        unique_key=unique_key(ACTOR, f"{uri}/activity", "Create", note),
        state="received",
        state_due_at=time_now(),
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
