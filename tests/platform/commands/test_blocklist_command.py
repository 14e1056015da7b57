"""`takahe peer blocklist` on a database of its own."""

from pathlib import Path

import pytest

from takahe.cli.exits import Exit
from tests.platform.commands.test_command import Run
from tests.platform.commands.test_command import own_database as own_database
from tests.platform.commands.test_command import own_takahe as own_takahe

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_list_is_tried_imported_and_exported(own_takahe: Run, tmp_path: Path) -> None:
    done = await own_takahe("setup", "--domain", "example.test", "--email", "a@b.test", "--handle", "anna")
    assert done.code == 0, done.err
    listed, written = tmp_path / "list.csv", tmp_path / "written.csv"
    listed.write_text(
        "domain,severity,public_comment\nbad.example,suspend,Spam\nquiet.example,silence,\n*.x.example,suspend,\nexample.test,suspend,\n"
    )
    tried = await own_takahe("peer", "blocklist", "import", str(listed), "--dry-run")
    assert (tried.code, tried.out.splitlines()) == (
        0,
        [
            "line 4\t*.x.example\tskipped: wildcard",
            "line 5\texample.test\tskipped: own domain",
            "line 2\tbad.example\tblocked",
            "line 3\tquiet.example\tlimited",
            "2 new, 0 changed, 0 kept as this server decided, 0 already so, 2 skipped",
        ],
    ), tried.err
    exported = await own_takahe("peer", "blocklist", "export", "-")
    assert len(exported.out.splitlines()) == 1, "nothing was changed"
    taken = await own_takahe("peer", "blocklist", "import", str(listed))
    assert (taken.code, taken.out.splitlines()[-1].startswith("2 new, ")) == (0, True), taken.err
    done = await own_takahe("peer", "blocklist", "export", str(written), "--with-notes")
    assert written.read_text().splitlines()[1:] == [
        "bad.example,suspend,false,false,Spam,false",
        "quiet.example,silence,false,false,,false",
    ], done.err
    again = await own_takahe("peer", "blocklist", "import", str(written))
    assert again.out == "0 new, 0 changed, 0 kept as this server decided, 2 already so, 0 skipped\n"
    listed.write_text("bad.example,silence\nquiet.example,suspend\n")
    looser = await own_takahe("peer", "blocklist", "import", str(listed))
    assert looser.out == "0 new, 1 changed, 1 kept as this server decided, 0 already so, 0 skipped\n"
    forced = await own_takahe("peer", "blocklist", "import", str(listed), "--override")
    assert forced.out.startswith("0 new, 1 changed, 0 kept")
    missing = await own_takahe("peer", "blocklist", "import", str(tmp_path / "none.csv"))
    assert (missing.code, "can't be read" in missing.err) == (Exit.FAILED, True)
    (tmp_path / "empty.csv").write_text("")
    empty = await own_takahe("peer", "blocklist", "import", str(tmp_path / "empty.csv"))
    assert (empty.code, "This list contains no servers" in empty.err) == (Exit.FAILED, True)


async def test_lists_are_subscribed_and_unsubscribed(own_takahe: Run) -> None:
    done = await own_takahe("setup", "--domain", "example.test", "--email", "a@b.test", "--handle", "anna")
    assert done.code == 0, done.err
    address = "https://lists.example/a.csv"
    for _ in range(2):  # a repeated call returns the same one
        made = await own_takahe("peer", "blocklist", "subscribe", address, "--name", "Ours")
        assert made.code == 0, made.err
    listed = (await own_takahe("peer", "blocklist", "list")).out.splitlines()
    assert len(listed) == 1
    assert listed[0].split("\t")[1:] == ["Ours", "fetching", "0", "never", address, ""]
    refused = await own_takahe("peer", "blocklist", "subscribe", "http://lists.example/a.csv")
    assert refused.code == Exit.FAILED
    for arguments in (["apply", address], ["refresh", "https://other.example/"]):
        refused = await own_takahe("peer", "blocklist", *arguments)
        assert refused.code == Exit.FAILED, "it was not fetched, or does not exist"
    assert (await own_takahe("peer", "blocklist", "refresh", address)).code == 0
    assert (await own_takahe("peer", "blocklist", "unsubscribe", listed[0].split("\t")[0])).code == 0
    assert (await own_takahe("peer", "blocklist", "list")).out == ""
