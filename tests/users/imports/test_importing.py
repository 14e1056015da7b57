"""Follows that somebody brings: which lists are read, and what the worker does with each address."""

import pytest

from core.errors import Invalid, NotAllowed, restored
from tests.support.peers import MastodonPeer, outbound
from tests.users.support import make_domain, make_person, make_remote, make_user, sent
from users.identities.models import Identity
from users.imports.handlers import follow_address
from users.imports.models import FollowImport
from users.imports.queries import import_progress
from users.imports.reading import MAX_ADDRESSES, FollowList, add_lines
from users.imports.services import LISTS_A_DAY, delete_imports_of, import_follows
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain(), "ada", await make_user())


async def handled(identity: Identity) -> dict[str, str]:
    """Let the worker handle each row once; return the states that it asks for."""
    found = {}
    async for row in FollowImport.objects.filter(identity=identity.pk):
        outcome = await follow_address(row)
        found[row.address] = outcome.state.name if outcome.state else outcome.kind.value
        if outcome.state:
            await FollowImport.objects.filter(pk=row.pk).aupdate(state=outcome.state.name, state_due_at=None)
    return found


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "Account address,Show boosts,Notify on new posts,Languages\nbob@far.test,true,false,\n",
            ["bob@far.test"],
        ),
        ("\ufeffAccount address\r\nbob@far.test\r\n", ["bob@far.test"]),
        (
            "  @bob@far.test \n\nBOB@far.test\nhttps://far.test/@eve\n",
            ["bob@far.test", "https://far.test/@eve"],
        ),
        ('"bob@far.test","a, b"', ["bob@far.test"]),
    ],
)
def test_lists_of_other_servers_are_read(text: str, addresses: list[str]) -> None:
    found = FollowList()
    add_lines(found, text, "addresses")
    assert list(found.addresses.values()) == addresses
    assert not found.skipped


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "follows_blank"),
        ("\n,\n", "follows_blank"),
        ("bob", "no_addresses"),
        ("<script>@x@far.test", "no_addresses"),
        ("\x07@far.test", "no_addresses"),
        ("@ada@TESTSERVER", "only_own"),
        ("\n".join(f"u{n}@far.test" for n in range(MAX_ADDRESSES + 1)), "follows_too_many"),
        ("x" * 600_000, "follows_too_many"),
        ('"' + "x" * 200_000, "not_a_csv"),
    ],
)
async def test_other_lists_are_refused(ada: Identity, text: str, code: str) -> None:
    for field, given in (("addresses", {"text": text}), ("file", {"text": "", "file": text.encode()})):
        if "\x07" in text and field == "file":
            code = "not_a_csv"
        with pytest.raises(Invalid) as refused:
            await import_follows(identity=ada, **given)  # type: ignore[arg-type]
        assert (refused.value.code, refused.value.field) == (code, field if text else "addresses")


@pytest.mark.parametrize(
    "file", [b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe\x00binary", b"PK\x03\x04", bytes(range(256))]
)
async def test_binary_files_are_refused(ada: Identity, file: bytes) -> None:
    with pytest.raises(Invalid, match="not a CSV file"):
        await import_follows(identity=ada, text="bob@far.test", file=file)


async def test_files_of_spreadsheets_are_read(ada: Identity) -> None:
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        found = await import_follows(identity=ada, text="", file="bob@far.test,Zoë\n".encode(encoding))
        assert list(found.addresses) == ["bob@far.test"], encoding


async def test_unreadable_lines_are_skipped_and_counted(ada: Identity) -> None:
    bad = [f"no address {number}" for number in range(30)]
    text = "\n".join(
        ["Account address", "bob@far.test", "BOB@far.test", ada.handle, ada.uri, *bad, "eve@far.test"]
    )
    found = await import_follows(identity=ada, text=text)
    assert list(found.addresses) == ["bob@far.test", "eve@far.test"]
    assert (len(found.skipped), found.skipped_count) == (20, 30)
    assert (found.skipped[0].line, found.skipped[0].text) == (6, "no address 0")
    assert await FollowImport.objects.acount() == 2


async def test_everybody_is_looked_up_and_followed(ada: Identity) -> None:
    async with MastodonPeer() as peer, outbound():
        peer.add_actor("ana")
        known = await make_remote("bob")
        text = f"ana@{peer.host}\n{known.handle}\nnobody@{peer.host}"
        assert len((await import_follows(identity=ada, text=text)).addresses) == 3
        assert (await import_progress(ada)).waiting == 3
        states = await handled(ada)
    assert states == {
        f"ana@{peer.host}": "followed",
        "bob@remote.example": "followed",
        f"nobody@{peer.host}": "refused",
    }
    assert await Follow.objects.filter(source=ada.pk).acount() == 2
    assert [kind for kind, _, _ in await sent()] == ["Follow", "Follow"]
    progress = await import_progress(ada)
    assert (progress.waiting, progress.followed) == (0, 2)
    [(address, reason)] = progress.missing
    assert (address, restored(reason).sentence) == (
        f"nobody@{peer.host}",
        "Nobody was found at this address.",
    )


async def test_a_second_import_follows_nobody_twice_and_tries_the_refused_again(ada: Identity) -> None:
    bob = await make_remote("bob")
    text = f"{bob.handle}\nnobody@testserver"
    for _ in range(2):
        await import_follows(identity=ada, text=text)
        assert set((await handled(ada)).values()) == {"followed", "refused"}
    assert await FollowImport.objects.acount() == 2
    assert await Follow.objects.acount() == 1


async def test_a_server_that_does_not_answer_is_tried_later(ada: Identity) -> None:
    async with outbound(resolve={"gone.test": "127.0.0.1"}):
        await import_follows(identity=ada, text="bob@gone.test")
        assert await handled(ada) == {"bob@gone.test": "later"}


async def test_the_bound_holds_over_several_imports(ada: Identity) -> None:
    await import_follows(identity=ada, text="\n".join(f"u{n}@far.test" for n in range(MAX_ADDRESSES)))
    with pytest.raises(Invalid):
        await import_follows(identity=ada, text="one@more.test")
    assert await FollowImport.objects.acount() == MAX_ADDRESSES
    while await delete_imports_of(ada):
        pass
    assert not await FollowImport.objects.aexists()


async def test_moved_and_suspended_people_cannot_import(ada: Identity) -> None:
    bob = await make_remote("bob")
    await import_follows(identity=ada, text=bob.handle)
    await Identity.objects.filter(pk=ada.pk).aupdate(restriction=2)
    assert await handled(ada) == {bob.handle: "failed"}
    ada.moved_to_uri = bob.uri
    with pytest.raises(NotAllowed):
        await import_follows(identity=ada, text=bob.handle)
    assert not await Follow.objects.aexists()


async def test_lists_of_one_day_are_bounded(ada: Identity) -> None:
    """What was refused is tried again with each list, so that a bound of rows alone would not bound the look-ups."""
    for _ in range(LISTS_A_DAY):
        await import_follows(identity=ada, text="bob@far.test")
    with pytest.raises(Invalid, match=f"{LISTS_A_DAY} lists per day"):
        await import_follows(identity=ada, text="bob@far.test")
    eve = await make_person(ada.domain, "eve", await make_user("eve@example.com"))
    await import_follows(identity=eve, text="bob@far.test")
