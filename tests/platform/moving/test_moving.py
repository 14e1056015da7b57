"""A domain moves to another server, and a third one notices nothing."""

import asyncio
import datetime as dt
import re
import shutil
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from takahe.moving.archive import Reader, Writer
from tests.federation.acting import NO_LIMITS, Person, Times, people
from tests.platform.moving.attacks import ATTACKS
from tests.support.servers import ROOT, CommandFailed, Server, running_servers
from tests.support.waiting import wait_until
from tests.users.emojis import pictures

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]

_AP = {"accept": "application/activity+json"}


async def test_a_domain_moves_with_everything_and_its_peers_notice_nothing() -> None:
    async with (
        running_servers("ana.test", "ben.test", "cem.test", env=NO_LIMITS) as servers,
        people(*servers) as (ana, ben, cem),
    ):
        times = Times()
        posts = await _life(ana, cem, times)
        before = await _documents(ana.server, posts)
        file = ana.server.folder / "ana.tar"
        told = await ana.server.takahe("domain", "export", "ana.test", str(file))
        assert "2 people" in told
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        await _refused(ana.server, "already a domain", file)
        await _attacks(ben.server, file)
        secret = await _sealed(ana.server, ben.server)
        await _killed_import(ben.server, file)
        assert "ana.test" not in await ben.server.takahe("domain", "list")
        told = await ben.server.takahe("domain", "import", str(secret), env=_PASSPHRASE)
        assert "2 people" in told
        await _refused(ben.server, "already a domain", file)
        async with _at_the_address_of(ana.server, ben.server) as new:
            await new.takahe("domain", "resume", "ana.test")
            async with new.client() as client:

                async def is_served() -> bool:
                    return (await client.get("/about")).status_code == 200

                await wait_until(is_served, message="the pause has ended")
            after = await _documents(new, posts)
            for address, document in before.items():
                assert after[address] == document, (after[address], document)
            await _life_goes_on(new, cem, times)
            await _belongings_are_there(new)
            assert "Traceback" not in new.log, new.log


async def _life(ana: Person, cem: Person, times: Times) -> list[str]:
    """What happens before the move. Returns the addresses of public posts."""
    await ana.server.person("dora")
    ana_at_cem = await cem.look_up(ana.handle)
    await cem.post(f"/api/v1/accounts/{ana_at_cem}/follow")

    async def follows() -> bool:
        return bool((await cem.relationship(ana_at_cem))["following"])

    await times.until("accepted", follows)
    cem_at_ana = await ana.look_up(cem.handle)
    await ana.post(f"/api/v1/accounts/{cem_at_ana}/follow")

    async def followed() -> bool:
        return bool((await ana.relationship(cem_at_ana))["following"])

    await times.until("accepted back", followed)
    answer = await ana.http.post(
        "/api/v2/media",
        files={"file": ("a.png", pictures.still(), "image/png")},
        data={"description": "dots"},
    )
    assert answer.status_code == 200, answer.text
    first = await ana.write("hello #birds with <b>signs</b> & a picture", media_ids=[answer.json()["id"]])
    poll = await ana.write("which?", poll={"options": ["a", "b"], "expires_in": 86400})
    reply = await ana.write("and more", in_reply_to_id=first["id"])
    await ana.write("among us", "private")
    await ana.write(f"for you, @{cem.handle}", "direct")
    await cem.write("from far away")
    far = await times.until("a post of theirs", lambda: ana.seen("from far away"))
    far_reply = await ana.write("an answer to far away", in_reply_to_id=far["id"])
    at_cem = await times.until("the poll", lambda: cem.seen("which?"))
    await cem.post(f"/api/v1/polls/{at_cem['poll']['id']}/votes", choices=[1])

    async def voted() -> bool:
        return bool((await ana.get(f"/api/v1/statuses/{poll['id']}"))["poll"]["votes_count"])

    await times.until("the vote", voted)
    await _belongings(ana, cem, first)
    return [first["uri"], poll["uri"], reply["uri"], far_reply["uri"]]


async def _belongings(ana: Person, cem: Person, first: dict[str, Any]) -> None:
    """What somebody keeps for themselves: a like of theirs, a post for tomorrow with a picture, a draft, a collection."""
    at_cem = await cem.seen("hello")
    await cem.post(f"/api/v1/statuses/{at_cem['id']}/favourite")
    await wait_until(lambda: ana.notified("favourite"), message="the like")
    await ana.post(f"/api/v1/statuses/{first['id']}/bookmark")
    sent = await ana.http.post("/api/v2/media", files={"file": ("b.png", pictures.still(), "image/png")})
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    await ana.post(
        "/api/v1/statuses",
        status="a post for tomorrow",
        scheduled_at=tomorrow,
        media_ids=[sent.json()["id"]],
        in_reply_to_id=first["id"],
    )
    emoji = ana.server.folder / "bird.png"
    emoji.write_bytes(pictures.still())
    await ana.server.takahe("emoji", "add", str(emoji), "--domain", "ana.test")
    async with _signed_in(ana.server) as browser:
        (number,) = set(re.findall(r"/admin/domains/(\d+)", (await browser.get("/admin/domains")).text))
        path = f"/admin/domains/{number}/style"
        sheet = {"csrfmiddlewaretoken": _token((await browser.get(path)).text), "source": _SHEET}
        assert (await browser.post(path, data=sheet)).is_redirect
        page = await browser.get(f"/compose?reply_to={first['id']}")
        fields = {
            "csrfmiddlewaretoken": _token(page.text),
            "text": "words for another day",
            "visibility": "0",
            "reply_to": first["id"],
            "save_draft": "1",
        }
        assert (await browser.post("/compose", data=fields)).is_redirect
        await _settings(browser, ana)
    made = await ana.http.post(
        "/api/v1/collections", json={"name": "Birds", "account_ids": [await ana.look_up(cem.handle)]}
    )
    assert made.status_code == 200, made.text


async def _settings(browser: httpx.AsyncClient, ana: Person) -> None:
    """Add columns, one of a list, and let old posts be deleted."""
    made = await ana.http.post("/api/v1/lists", json={"title": "Bird people"})
    page = (await browser.get("/columns")).text
    fields = {"csrfmiddlewaretoken": _token(page)}
    added = await browser.post("/columns/add", data=fields | {"what": f"list:{made.json()['id']}"})
    assert added.is_redirect, added.text
    fields = {"csrfmiddlewaretoken": _token((await browser.get("/settings/old-posts")).text)}
    fields |= {"days": "365", "keeps_media": "on", "is_on": "on"}
    counted = await browser.post("/settings/old-posts", data=fields | {"only_count": "yes"})
    found = re.search(r'name="counted" value="([^"]+)"', counted.text)
    assert found is not None, counted.text
    fields["counted"] = found[1]
    answer = await browser.post("/settings/old-posts", data=fields)
    assert answer.is_redirect, answer.text


_SHEET = ".post { letter-spacing: 3px }"


async def _looks_are_there(http: httpx.AsyncClient) -> None:
    """The style sheet and the emoji of the domain."""
    assert "letter-spacing: 3px" in (await http.get("/style.css")).text
    (emoji,) = (await http.get("/api/v1/custom_emojis")).json()
    assert emoji["shortcode"] == "bird"
    assert (await http.get(emoji["url"])).status_code == 200


async def _settings_are_there(browser: httpx.AsyncClient) -> None:
    columns = (await browser.get("/columns")).text
    assert "Bird people" in columns
    old = (await browser.get("/settings/old-posts")).text
    assert re.search(r'<option value="365"[^>]*selected', old), old
    assert re.search(r'name="is_on"[^>]*checked', old)


async def _belongings_are_there(server: Server) -> None:
    token = (await server.takahe(
        "token", "create", "--identity", "ana@ana.test", "--scopes", "read write follow push"
    )).strip()  # fmt: skip
    async with server.client(token) as http:
        ana = Person(server, "ana", http)
        first = await wait_until(lambda: ana.seen("hello"), message="the home timeline is filled")
        assert await ana.seen("and more")
        assert await ana.notified("favourite")
        unread = await ana.get("/api/v1/notifications/unread_count")
        assert unread["count"] == 1, "what came after the move"
        (planned,) = await ana.get("/api/v1/scheduled_statuses")
        assert str(planned["params"]["in_reply_to_id"]) == first["id"]
        assert len(planned["media_attachments"]) == 1
        picture = await http.get(planned["media_attachments"][0]["url"])
        assert picture.status_code == 200
        (talk,) = await ana.get("/api/v1/conversations")
        assert not talk["unread"]
        assert talk["last_status"]["content"].startswith("<p>for you")
        assert [one["id"] for one in await ana.get("/api/v1/bookmarks")] == [first["id"]]
        own = await ana.get("/api/v1/accounts/verify_credentials")
        assert "Birds" in (await http.get(f"/api/v1/accounts/{own['id']}/collections")).text
    async with _signed_in(server) as browser:
        await _settings_are_there(browser)
        await _looks_are_there(browser)
        drafts = (await browser.get("/drafts")).text
        assert "words for another day" in drafts
        (number,) = re.findall(r"/compose\?draft=(\d+)", drafts)
        page = (await browser.get(f"/compose?draft={number}")).text
        assert f'name="reply_to" value="{first["id"]}"' in page


def _token(page: str) -> str:
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


@asynccontextmanager
async def _signed_in(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client(headers={"origin": server.base_url}) as browser:
        fields = {
            "email": "ana@example.com",
            "password": "correct horse battery",
            "csrfmiddlewaretoken": _token((await browser.get("/sign-in")).text),
        }
        assert (await browser.post("/sign-in", data=fields)).is_redirect
        yield browser


_PASSPHRASE = {"TAKAHE_BACKUP_PASSPHRASE": "correct horse battery staple"}


async def _sealed(old: Server, new: Server) -> Path:
    """Write an encrypted file, which nobody reads without its passphrase."""
    file = old.folder / "secret.tar"
    assert "encrypted" in await old.takahe("domain", "export", "ana.test", str(file), env=_PASSPHRASE)
    content = file.read_bytes()
    assert b"PRIVATE KEY" not in content
    assert b"among us" not in content
    for secret, words in (
        ({}, "is encrypted"),
        ({"TAKAHE_BACKUP_PASSPHRASE": "other"}, "not the passphrase"),
    ):
        with pytest.raises(CommandFailed, match=words):
            await new.takahe("domain", "import", str(file), env=secret)
    changed = old.folder / "changed-secret.tar"
    middle = len(content) // 2
    changed.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with pytest.raises(CommandFailed, match=r"damaged|changed|incomplete|belong"):
        await new.takahe("domain", "import", str(changed), env=_PASSPHRASE)
    return file


async def _documents(server: Server, posts: list[str]) -> dict[str, Any]:
    """Return documents of a server as its peers get them, and the files that they name."""
    found: dict[str, Any] = {}
    async with server.client(headers=_AP) as client:
        handle = "acct:ana@ana.test"
        found["webfinger"] = (await client.get("/.well-known/webfinger", params={"resource": handle})).json()
        (actor,) = [one["href"] for one in found["webfinger"]["links"] if one["rel"] == "self"]
        for uri in (actor, *posts):
            answer = await client.get(uri)
            assert answer.status_code == 200, (uri, answer.text)
            found[uri] = answer.json()
        for attached in found[posts[0]]["attachment"]:
            answer = await client.get(attached["url"])
            assert answer.status_code == 200
            found[attached["url"]] = answer.content
    return found


async def _life_goes_on(server: Server, cem: Person, times: Times) -> None:
    """What was said after the move reaches followers, and the other way round; the old password is right."""
    token = (await server.takahe(
        "token", "create", "--identity", "ana@ana.test", "--scopes", "read write follow push"
    )).strip()  # fmt: skip
    async with server.client(token) as http:
        ana = Person(server, "ana", http)
        written = await ana.write("words from the new machine")
        # the worker may take a few seconds to learn of the end of the pause, and then looks again after a minute
        seen = await times.until("a new post", lambda: cem.seen("the new machine"), timeout_s=120)
        assert seen["uri"] == written["uri"]
        old = await cem.get("/api/v2/search", q="https://ana.test/@ana", type="accounts")
        assert len(old["accounts"]) <= 1
        await cem.write("@ana@ana.test I hear you", in_reply_to_id=(await cem.seen("hello"))["id"])

        async def told() -> list[Any]:
            return [one for one in await ana.notified("mention") if "hear you" in one["status"]["content"]]

        (notice,) = await times.until("the answer", told)
        assert notice["status"]["in_reply_to_id"]
        own = await ana.get("/api/v1/accounts/verify_credentials")
        assert (own["followers_count"], own["following_count"]) == (1, 1)
        shown = await ana.get(f"/api/v1/accounts/{own['id']}/statuses")
        visibilities = [one["visibility"] for one in shown]
        assert {"public", "private", "direct"} <= set(visibilities), visibilities
    async with server.client(headers={"origin": server.base_url}) as browser:
        form = await browser.get("/sign-in")
        token = form.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        for password, is_right in (("wrong horse battery", False), ("correct horse battery", True)):
            fields = {"email": "ana@example.com", "password": password, "csrfmiddlewaretoken": token}
            answer = await browser.post("/sign-in", data=fields)
            assert answer.is_redirect == is_right, (password, answer.status_code, answer.text)


async def _refused(server: Server, words: str, file: Path) -> None:
    with pytest.raises(CommandFailed, match=words):
        await server.takahe("domain", "import", str(file))


async def _killed_import(server: Server, file: Path) -> None:
    """Kill an import while it stores rows."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", "domain", "import", str(file),
        cwd=ROOT, env=server.env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(b"files:"):
            break
    process.kill()
    assert await process.wait() == -9


async def _attacks(server: Server, file: Path) -> None:
    """Refuse files that were changed, cut or forged, and store nothing of them."""
    for name, words, change in ATTACKS:
        forged = file.with_name("forged.tar")
        _forge(file, forged, change)
        try:
            await _refused(server, words, forged)
        except BaseException as error:
            error.add_note(f"attack: {name}")
            raise
        forged.unlink()
    cut = file.with_name("cut.tar")
    cut.write_bytes(file.read_bytes()[:-3000])
    await _refused(server, "incomplete", cut)
    changed = file.with_name("changed.tar")
    changed.write_bytes(file.read_bytes().replace(b"among us", b"among ut"))
    await _refused(server, "changed", changed)
    assert "ana.test" not in await server.takahe("domain", "list")


def _forge(file: Path, target: Path, change: Any) -> None:
    """Write a copy with other rows, and correct sums."""
    reader = Reader(file)
    target.unlink(missing_ok=True)
    writer = Writer(target, reader.header.domain, reader.header.exported_at)
    for part in reader.parts():
        if part.folder == "media":
            work = target.with_name("media.bin")
            work.write_bytes(b"".join(part.pieces()))
            writer.media(change("media", part.name) or part.name, work)
        else:
            rows = [change(part.name, row) or row for row in part.rows()]
            writer.rows(part.folder, part.name, rows)
    writer.close()
    reader.close()


class _at_the_address_of:
    """The second server's database and files, served where the first one was: what a change of DNS does."""

    def __init__(self, old: Server, new: Server) -> None:
        self._old, self._new = old, new

    async def __aenter__(self) -> Server:
        await self._old.stop()
        await self._new.stop()
        self._moved = Server(
            self._old.domain,
            self._old.address,
            443,
            self._new.folder,
            self._new.env,
            is_tls=True,
            is_forked=True,
        )
        shutil.copy(self._new.folder / "server.log", self._new.folder / "before.log")
        (self._new.folder / "server.log").write_text("")
        await self._moved.start()
        await wait_until(lambda: "Ready " in self._moved.log, 60, "the moved server is ready")
        return self._moved

    async def __aexit__(self, *_: object) -> None:
        await self._moved.stop()
