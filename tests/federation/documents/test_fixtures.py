"""Real and hostile documents go through the real inbox, or are fetched, as their servers would do it.

Those in own_documents.json are ours, in the shapes of other software, and run in every clone; those of fifty kinds of software are read
from ../shared where it is. What becomes of each stands in own_table.tsv and fixture_table.tsv: outcome (handled, skipped, failed with the stored reason; an HTTP status; stored or refused
for what is fetched) and, for posts, what is visible of them. WRITE_FIXTURE_TABLE=1 writes the table anew: read the difference.
"""

import csv
import json
import os
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, Visibility
from activities.publishing.activitypub import author_of, is_post, parse_post
from activities.publishing.inbox.groups import ANNOUNCED
from activities.tags.models import PostTag
from core.db import own_connection
from core.errors import Problem
from core.http import FetchError
from core.texts.html import to_text
from federation.documents import as_id, types_of
from federation.models import InboxMessage, SystemKey
from takahe.asgi import application
from tests.activities.people import make_local
from tests.federation.conftest import _system_pair, running_worker
from tests.federation.documents.cases import Case, case_of, own_case
from tests.federation.documents.fetches import FETCHES
from tests.federation.documents.fixture_world import FOLDER, World, actor_in, places_of
from tests.support import postgres
from tests.support.authority import Authority
from tests.support.memory import forget_everything
from tests.support.peers import outbound
from tests.support.servers import can_bind_443, loopback_address
from tests.support.waiting import wait_until
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services import remote_actors
from users.relations.models import Follow

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_OWN = Path(__file__).with_name("own_documents.json")


_TABLES = {"own": _OWN.with_name("own_table.tsv"), "collected": _OWN.with_name("fixture_table.tsv")}


_COLUMNS = ["file", "outcome", "reason", "facts"]


_HOME = "home.test"


_ENDED = ("handled", "skipped", "failed")


_ROUND = 40  # documents at once


@pytest.fixture(scope="module", params=list(_TABLES))
def table(request: pytest.FixtureRequest) -> Path:
    return _TABLES[request.param]


@pytest.fixture(scope="module")
def cases(table: Path) -> list[Case]:
    if not can_bind_443():
        pytest.skip("only root may listen on port 443 here")
    if table == _TABLES["own"]:
        return [own_case(name, document) for name, document in json.loads(_OWN.read_text()).items()]
    if not FOLDER.is_dir():
        pytest.skip(f"the documents of other projects, which are not ours to publish, are not here: {FOLDER}")
    with (FOLDER / "index.tsv").open() as lines:
        kinds = {row["file"]: row["kind"] for row in csv.DictReader(lines, delimiter="\t")}
    return [
        case_of(file, (FOLDER / file).read_bytes(), kind)
        for file, kind in kinds.items()
        if not file.startswith("signatures/")
    ]


@pytest.fixture(scope="module")
async def world(cases: list[Case]) -> AsyncIterator[World]:
    authority = Authority(postgres.session_folder() / f"world-{secrets.token_hex(4)}")
    places = places_of([case.document for case in cases]) | {("https", "far.test", 443)}
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(authority.file)
    async with World(loopback_address(), places, authority) as world:
        yield world
    if before is None:
        del os.environ["SSL_CERT_FILE"]
    else:
        os.environ["SSL_CERT_FILE"] = before


async def test_every_document_ends_as_the_table_says(
    table: Path,
    cases: list[Case],
    world: World,
    _cleaner: Any,  # noqa: PT019 - its value is used
) -> None:
    async with outbound(resolve=world.resolve):
        for some in _rounds(cases):
            _cleaner.clean()
            forget_everything()
            world.forget()
            async with own_connection():
                await _run(some, world)
    found = [(case.file, case.outcome, case.reason, case.facts) for case in cases]
    if os.environ.get("WRITE_FIXTURE_TABLE"):
        _write(table, found)
    expected = _read(table)
    wrong = [
        f"{file}: {(outcome, reason, facts)} instead of {expected.get(file)}"
        for file, outcome, reason, facts in found
        if file not in expected
        or expected[file]["outcome"] != outcome
        or expected[file]["reason"] not in reason
        or expected[file]["facts"] != facts
    ]
    assert not wrong, "\n".join(wrong)
    assert set(expected) == {case.file for case in cases}


def _rounds(cases: list[Case]) -> list[list[Case]]:
    """Documents that have nothing to do with each other go at the same time."""
    rounds: list[tuple[list[Case], set[str]]] = []
    for case in cases:
        for some, about in rounds:
            if len(some) < _ROUND and about.isdisjoint(case.about):
                some.append(case)
                about |= case.about
                break
        else:
            rounds.append(([case], set(case.about)))
    return [some for some, _ in rounds]


async def _run(some: list[Case], world: World) -> None:
    pair = _system_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    home = await Domain.objects.acreate(name=_HOME, title="Home")
    reader = await make_local(
        "reader",
        home,
        public_key_id=f"https://{_HOME}/users/reader#main-key",
        private_key=pair.private_pem,
        public_key=pair.public_pem,
    )
    posted = [case for case in some if case.way in ("post", "create")]
    for case in some:
        _prepare(case, world)
    async with running_worker():
        for case in posted:
            await _follow(reader, case)
        for case in posted:
            await _post(case, world)
        await _wait_for([case for case in posted if not case.outcome])
        for case in some:
            if case not in posted:
                await _fetch(case, world)
    for case in some:
        await _look(case)


def _prepare(case: Case, world: World) -> None:
    """Whatever its server would answer for it."""
    document = case.document
    if case.way in ("post", "create"):
        world.person(case.signer)
    if case.way in ("actor", "fetch") and (uri := as_id(document.get("id"))):
        world.serve(uri, document)
        if author := actor_in(document):
            world.person(author)
    if case.way == "post" and isinstance(document, dict):
        inner = document.get("object")
        uri = as_id(inner)
        if "Announce" in types_of(document) and isinstance(inner, dict) and types_of(inner) & {*ANNOUNCED}:
            world.person(case.signer, type="Group")
            written = inner.get("object")
            if isinstance(written, dict) and "id" in written:
                world.serve(as_id(written), written)
                world.person(actor_in(written))
        elif "Announce" in types_of(document) and uri:
            is_believable = isinstance(inner, dict) and not case.file.startswith("malformed/")
            boosted = inner if is_believable else _made_up_note(uri)
            world.serve(uri, boosted)
            world.person(actor_in(boosted) or f"{uri}/author")
        if "Move" in types_of(document) and (target := as_id(document.get("target"))):
            world.person(target, alsoKnownAs=[] if case.file.startswith("malformed/") else [case.signer])


def _made_up_note(uri: str) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Note",
        "attributedTo": f"{uri}/author",
        "content": "<p>boosted words</p>",
        "to": "https://www.w3.org/ns/activitystreams#Public",
        "published": "2024-01-01T00:00:00Z",
    }


async def _follow(reader: Identity, case: Case) -> None:
    try:
        author = await remote_actors.ensure_actor(case.signer)
    except Problem as problem:
        case.facts = f"its actor can't be used: {problem.sentence}"
        return
    await Follow.objects.aget_or_create(
        source=reader, target=author, defaults={"accepted_at": author.created_at}
    )


async def _post(case: Case, world: World) -> None:
    body = case.body
    if case.way == "create":
        create = {
            "@context": case.document.get("@context"),
            "id": f"{case.document['id']}#create",
            "type": "Create",
            "actor": case.signer,
            "to": case.document.get("to"),
            "cc": case.document.get("cc"),
            "object": case.document,
        }
        body = json.dumps(create).encode()

    url = f"http://{_HOME}/inbox"
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport) as http:
        answer = await http.post(url, content=body, headers=world.headers(case.signer, url, body))
    assert answer.status_code < 500, (case.file, answer.text)
    if answer.status_code != 202:
        case.outcome, case.reason = f"http {answer.status_code}", answer.json()["error"]
        return
    newest = await InboxMessage.objects.order_by("-id").afirst()
    assert newest is not None, case.file
    case.message_id = newest.pk


async def _wait_for(waiting: list[Case]) -> None:
    async def all_ended() -> bool:
        async with own_connection():
            rows = {row.pk: row async for row in InboxMessage.objects.all()}
        for case in waiting:
            row = rows[case.message_id]
            case.outcome = row.state if row.state in _ENDED else ""
            case.reason = row.reason or row.state_error or ""
        return all(case.outcome for case in waiting)

    try:
        await wait_until(all_ended, 20)
    except AssertionError as error:
        error.add_note("\n".join(f"{case.file}: {case.reason}" for case in waiting if not case.outcome))
        raise


async def _fetch(case: Case, world: World) -> None:
    try:
        case.outcome = await FETCHES[case.way](case.document, world)
    except FetchError as error:
        case.outcome, case.reason = "refused", f"{error.kind}: {error.sentence}"
    except Problem as problem:
        case.outcome, case.reason = "refused", problem.detail or problem.sentence


async def _look(case: Case) -> None:
    """What is here of it: the post it brought, and nothing at all of one that was refused."""
    if not isinstance(case.document, dict):
        return
    inner = case.document.get("object") if case.way == "post" else case.document
    uri = as_id(inner)
    post = await Post.objects.filter(uri=uri).afirst() if uri else None
    is_boost = "Announce" in types_of(case.document)
    if case.outcome.startswith(("failed", "refused", "http")):
        assert post is None or is_boost, f"{case.file} was refused and left {post and post.uri}"
        return
    if post is None or post.deleted_at is not None or not isinstance(inner, dict) or not is_post(inner):
        return
    if is_boost:
        assert post.content == "<p>boosted words</p>" or not case.file.startswith("malformed/")
        case.facts = "its author's own server was asked"
        return
    author = await Identity.objects.aget(pk=post.author_id)
    assert author.uri == author_of(inner), case.file
    parsed = parse_post(inner, author_followers_url=author.followers_url, audience_of=case.document)
    assert post.content == parsed.content_html
    assert not re.search(r"<script|onclick|javascript:", post.content)
    said = inner.get("content")
    if isinstance(said, str) and inner.get("mediaType", "text/html") == "text/html":
        words = "".join(to_text(said).split()[:5])
        assert "".join(to_text(post.content).split()).startswith(words), case.file
    facts = {
        "type": post.type,
        "for": Visibility(post.visibility).name,
        "cw": bool(post.content_warning),
        "sensitive": post.is_sensitive,
        "title": bool(post.title),
        **dict.fromkeys(post.facts or {}, True),
        "language": post.language,
        "attachments": await Attachment.objects.filter(post_id=post.pk).acount(),
        "hashtags": await PostTag.objects.filter(post_id=post.pk).acount(),
        "mentions": len(parsed.mentions),
        "emojis": len(post.emojis),
        "options": len((post.question or {}).get("options", [])),
        "reply": bool(post.in_reply_to_uri or post.in_reply_to_id),
        "quote": bool(parsed.quote_uri),
        "edited": post.edited_at is not None,
    }
    case.facts = " ".join(
        name if value is True else f"{name}={value}" for name, value in facts.items() if value
    )


def _read(table: Path) -> dict[str, dict[str, str]]:
    with table.open() as lines:
        return {row["file"]: row for row in csv.DictReader(lines, delimiter="\t")}


def _write(table: Path, found: list[tuple[str, str, str, str]]) -> None:
    with table.open("w") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(found)
