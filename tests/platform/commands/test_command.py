"""The takahe command: help, exit codes, and what each command does on a database of its own."""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.config.version import VERSION
from takahe.cli.exits import Exit
from takahe.cli.parser import build_parser
from tests.support import postgres
from tests.support.forks import Result, Run, loaded_takahe

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every command of a parser, as "user create"."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser.prog.removeprefix("takahe ")
    for group in groups:
        for below in group.choices.values():
            yield from _commands(below)


COMMANDS = sorted(_commands(build_parser()))


async def takahe(*arguments: str, **env: str) -> Result:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", *arguments,
        cwd=ROOT, env={**os.environ, **env}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Result(process.returncode, out.decode(), err.decode())


@pytest.fixture
def own_database() -> Iterator[str]:
    """A database of this test's own, for commands that run in processes of their own."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url.partition("?")[0].rpartition("/")[2])


@pytest.fixture
async def own_takahe(own_database: str) -> AsyncIterator[Run]:
    """Runs commands on a database of this test's own, each in a process that has loaded everything."""
    async with loaded_takahe(DATABASE_URL=own_database) as run:
        yield run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: takahe {command}" in capsys.readouterr().out


def test_every_command_and_exit_code_is_documented() -> None:
    text = (ROOT / "docs/run/install.md").read_text()
    for command in COMMANDS:
        assert f"`takahe {command}`" in text
    for code in Exit:
        assert f"| {code} |" in text


def test_documented_commands_exist() -> None:
    shown = 0
    pages = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    for page in pages:
        for words in re.findall(r"`takahe ([a-z][^`]*)`", page.read_text()):
            shown += 1
            assert any(f"{words} ".startswith(f"{command} ") for command in COMMANDS), (page.name, words)
    assert shown > 20


@pytest.mark.slow
async def test_help_is_quick_because_django_is_not_loaded() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys, takahe.__main__ as m\nm.build_parser()\nprint('django' in sys.modules, 'psycopg' in sys.modules)",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert out.decode().strip() == "False False"


@pytest.mark.slow
async def test_wrong_words_wrong_settings_and_no_database_have_exit_codes_of_their_own(
    tmp_path: Path,
) -> None:
    assert (await takahe("dance")).code == Exit.USAGE
    assert (await takahe("--version")).out == f"Takahē {VERSION}\n"
    wrong = await takahe("migrate", PORT="eighty")
    assert (wrong.code, "PORT is 'eighty'" in wrong.err) == (Exit.CONFIGURATION, True)
    unknown = await takahe("migrate", TAKAHE_COLOUR="blue")
    assert (unknown.code, "there is no such setting" in unknown.err) == (Exit.CONFIGURATION, True)
    away = await takahe("migrate", "--database-url", f"postgresql://nobody@/none?host={tmp_path}")
    assert away.code == Exit.DATABASE
    assert away.err.startswith("takahe: The database does not answer")
    lonely = await takahe("web", DATABASE_URL="", TAKAHE_DATA_DIR=str(tmp_path))
    assert (lonely.code, "DATABASE_URL is not set" in lonely.err) == (Exit.CONFIGURATION, True)


async def _rules_on_the_command_line(run: Run) -> None:
    ids = []
    for text in ("Be kind", "No adverts"):
        added = await run("domain", "add-rule", "second.test", text, "--hint", f"{text}, always")
        assert added.code == 0, added.err
        ids.append(added.out.strip())
    kind, adverts = ids
    assert (await run("domain", "move-rule", "second.test", adverts, "up")).code == 0
    assert (await run("domain", "change-rule", "second.test", kind, "Be very kind")).code == 0
    listed = (await run("domain", "rules", "second.test")).out.splitlines()[1:]
    assert [line.split(maxsplit=1) for line in listed] == [
        [adverts, "No adverts    No adverts, always"],
        [kind, "Be very kind  Be kind, always"],
    ]
    assert (await run("domain", "remove-rule", "second.test", adverts)).code == 0
    assert adverts not in (await run("domain", "rules", "second.test")).out
    for words in (
        ("move-rule", "second.test", adverts, "up"),
        ("change-rule", "example.test", kind, "Of another domain"),
        ("remove-rule", "example.test", kind),
        ("add-rule", "second.test", " "),
    ):
        assert (await run("domain", *words)).code == Exit.FAILED, words
    assert "Be very kind" in (await run("domain", "rules", "second.test")).out


async def _policies_on_the_command_line(run: Run) -> None:
    made = await run(
        "domain", "set-policy", "second.test", "Bad.Example", "limited", "--strip-links", "--note", "Spam"
    )
    assert (made.code, made.out) == (0, "second.test bad.example limited strip_links\n"), made.err
    assert "bad.example  limited  strip_links  Spam" in (await run("domain", "policies", "second.test")).out
    shown = json.loads((await run("domain", "policies", "second.test", "--json")).out)
    assert (shown["host"], shown["policy"], shown["effects"]) == ("bad.example", "limited", ["strip_links"])
    assert "bad.example" not in (await run("domain", "policies", "example.test")).out
    for words in (
        ("set-policy", "second.test", "odd.example", "open"),
        ("set-policy", "second.test", "example.test", "blocked"),
        ("remove-policy", "example.test", "bad.example"),
    ):
        assert (await run("domain", *words)).code == Exit.FAILED, words
    assert (await run("domain", "remove-policy", "second.test", "bad.example")).code == 0
    for state, said in (("on", "is local-only"), ("off", "federates")):
        assert said in (await run("domain", "local-only", "second.test", state)).out
        assert "*" not in (await run("domain", "policies", "second.test")).out
    assert (await run("domain", "local-only", "nowhere.test", "on")).code == Exit.FAILED
    assert "bad.example" not in (await run("domain", "policies", "second.test")).out


@pytest.mark.slow
async def test_a_server_is_set_up_on_the_command_line(own_database: str, own_takahe: Run) -> None:
    words = ["setup", "--domain", "example.test", "--email", "a@example.test", "--handle", "anna"]
    first = await takahe(*words, DATABASE_URL=own_database)
    assert (first.code, "anna@example.test" in first.out, "password" in first.out) == (0, True, True), (
        first.err
    )
    again = await own_takahe(*words)
    assert (again.code, "password" in again.out) == (0, False), again.err

    assert (await own_takahe("domain", "create", "second.test")).code == 0
    refused = await own_takahe("domain", "create", "second.test")
    assert (refused.code, "already a domain" in refused.err) == (Exit.FAILED, True)
    await _policies_on_the_command_line(own_takahe)
    await _rules_on_the_command_line(own_takahe)
    listed = await own_takahe("domain", "list")
    assert [line.split() for line in listed.out.splitlines()] == [
        ["DOMAIN", "ADDRESS", "SIGN-UP", "STATE"],
        ["example.test", "https://example.test/", "closed", "served"],
        ["second.test", "https://second.test/", "closed", "served"],
    ]
    assert (await own_takahe("announcement", "list")).out == ""
    text = ["<p>Two\nlines</p>", "--domain", "example.test", "--ends-at", "2036-01-31T18:00"]
    assert (await own_takahe("announcement", "create", *text)).code == 0
    heading, listed_text = (await own_takahe("announcement", "list")).out.splitlines()
    assert heading.split("  ")[0] == "ID"
    assert listed_text.endswith("  example.test  2036-01-31 18:00 UTC  <p>Two lines</p>")
    assert heading.index("SHOWN UNTIL") == listed_text.index("2036")

    made = await own_takahe("user", "create", "--email", "b@example.test")
    assert (made.code, "(shown only now)" in made.out) == (0, True), made.err
    password = ["user", "password", "--email", "b@example.test", "--password", "another long password"]
    assert (await own_takahe(*password)).code == 0
    for steps in (["restrict"], ["disable"], ["disable", "--undo"]):
        done = await own_takahe("user", *steps, "--email", "b@example.test")
        assert done.code == 0, done.err
    shown = await own_takahe("user", "show", "--email", "b@example.test")
    assert shown.out.split() == ["LOGIN", "ROLE", "STATE", "b@example.test", "member", "restricted"]
    listed = (await own_takahe("user", "list", "--limit", "1")).out.splitlines()
    assert listed[1].split()[:3] == ["b@example.test", "member", "restricted"]
    assert listed[1].endswith("  none")
    assert listed[-1] == "There may be more: --before b@example.test"
    older = json.loads((await own_takahe("user", "list", "--before", "b@example.test", "--json")).out)
    assert [(one["email"], one["identities"]) for one in older] == [("a@example.test", ["anna@example.test"])]
    assert (await own_takahe("user", "list", "--staff", "--json")).out.count('"email"') == 1
    assert (await own_takahe("user", "restrict", "--undo", "--email", "b@example.test")).code == 0
    missing = await own_takahe("user", "password", "--email", "c@example.test")
    assert (missing.code, "no login" in missing.err) == (Exit.FAILED, True)

    made = await own_takahe("identity", "create", "--user", "b@example.test", "--handle", "bert@second.test")
    assert (made.code, made.out.startswith("bert@second.test")) == (0, True), made.err
    elsewhere = await own_takahe(
        "identity", "create", "--user", "b@example.test", "--handle", "bert@third.test"
    )
    assert elsewhere.code == Exit.FAILED

    bert = ["--handle", "bert@second.test"]
    for step, says in (
        (["share", *bert, "--email", "a@example.test"], "a@example.test can act as"),
        (["share", *bert, "--email", "a@example.test", "--role", "author"], "with the role author"),
        (["list", *bert], "author  a@example.test"),
        (["unshare", *bert, "--email", "a@example.test"], "any more"),
        (["rotate-key", *bert], "has a new key"),
        (["delete", *bert, "--yes"], "is deleted"),
    ):
        done = await own_takahe("identity", *step)
        assert (done.code, says in done.out) == (0, True), done.err
    anna = ["--handle", "anna@example.test"]
    for step, why in (
        (["delete", *anna], "--yes"),
        (["unshare", *anna, "--email", "b@example.test"], "no access"),
        (["unshare", *anna, "--email", "a@example.test"], "needs an owner"),
        (["delete", *bert], "nobody"),
        (["move", *anna, "--to", "bert@second.test", "--yes"], "no account"),
        (["move", *anna, "--undo"], "has not moved"),
    ):
        refused = await own_takahe("identity", *step)
        assert (refused.code, why in refused.err) == (Exit.FAILED, True)

    for words, why in ((["b@example.test"], "--yes"), (["a@example.test", "--yes"], "only admin")):
        refused = await own_takahe("user", "delete", "--email", *words)
        assert (refused.code, why in refused.err) == (Exit.FAILED, True)
    done = await own_takahe("user", "delete", "--email", "b@example.test", "--yes")
    assert (done.code, "is deleted" in done.out) == (0, True), done.err
    assert (await own_takahe("user", "show", "--email", "b@example.test")).code == Exit.FAILED


@pytest.mark.slow
async def test_a_token_is_all_there_is_on_stdout(own_takahe: Run) -> None:
    words = ["--domain", "example.test", "--email", "a@example.test", "--handle", "anna"]
    await own_takahe("setup", *words)
    made = await own_takahe("token", "create", "--identity", "anna@example.test", "--scopes", "read write")
    assert (made.code, made.out.count("\n")) == (0, 1), made.err
    assert len(made.out.strip()) > 20
    assert " " not in made.out.strip()
    assert (await own_takahe("token", "create", "--identity", "nobody@example.test")).code == Exit.FAILED
    wrong = await own_takahe("token", "create", "--identity", "anna@example.test", "--scopes", "read foo")
    assert wrong.code == Exit.FAILED
    assert wrong.err.startswith(
        "takahe: There is no scope foo. The scopes are: openid, email, profile, read, read:accounts,"
    )
    shown = await own_takahe("user", "show", "--email", "a@example.test")
    assert shown.out.splitlines()[2:] == ["", "IDENTITY           STATE", "anna@example.test  active"]


@pytest.mark.slow
async def test_operators_commands_print_their_tables(own_takahe: Run) -> None:
    assert (await own_takahe("migrate")).out.strip() == "The database is up to date."
    assert (await own_takahe("migrate", "--check")).code == 0
    checked = await own_takahe("check")
    assert (checked.code, checked.out.startswith("All is well. There is no domain yet")) == (0, True), (
        checked.err
    )
    assert (await own_takahe("domain", "create", "example.test")).code == 0
    assert (await own_takahe("check")).out == "All is well.\n"
    figures = json.loads((await own_takahe("stats", "--json")).out)
    assert figures["tables"]["users_domain"]["rows"] == 1
    heading, *lines = (await own_takahe("stats")).out.splitlines()
    assert heading.split() == ["TABLE", "ROWS", "SIZE"]
    assert len({len(line) for line in (heading, *lines)}) == 1, "numbers end where their heading ends"
    headings = (await own_takahe("stator", "list")).out.splitlines()[1].split()
    assert headings == ["QUEUE", "DUE", "WAITING", "OLDEST", "PER", "S", "RETRIED"]
    queues = json.loads((await own_takahe("stator", "list", "--json")).out)
    model = queues["queues"][0]["model"]
    assert (await own_takahe("stator", "show", model)).out == ""
    assert (await own_takahe("stator", "retry", model)).out == "0 back to work\n"
    assert (await own_takahe("stator", "show", "no.such")).code == Exit.FAILED


@pytest.mark.slow
async def test_concurrent_migrations_are_serialised_and_their_files_are_private(
    tmp_path: Path,
) -> None:
    """Both share one embedded database that neither has started before, too."""
    data = tmp_path / "data"
    env = {"DATABASE_URL": "", "SECRET_KEY": "", "TAKAHE_DATA_DIR": str(data)}
    results = await asyncio.gather(takahe("migrate", **env), takahe("migrate", **env))
    assert [result.code for result in results] == [0, 0], [result.err for result in results]
    modes = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir()}
    assert {name for name, mode in modes.items() if mode & 0o007} == set()
    assert data.stat().st_mode & 0o006 == 0


@pytest.mark.slow
async def test_no_command_makes_a_second_server(tmp_path: Path) -> None:
    """Run outside the unit's environment, `takahe setup` made a database and a secret key in the folder it was called from."""
    env = {"DATABASE_URL": "", "SECRET_KEY": "", "TAKAHE_DATA_DIR": str(tmp_path / "data")}
    words = ["--domain", "example.test", "--email", "a@example.test", "--handle", "anna"]
    for command in (["setup", *words], ["check"], ["stats"], ["user", "create", "--email", "a@b.test"]):
        refused = await takahe(*command, **env)
        assert (refused.code, "not the server's environment" in refused.err) == (Exit.CONFIGURATION, True), (
            refused.err
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
async def test_only_a_named_folder_gets_a_database_by_migrate(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "takahe", "migrate"]
    env = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "TAKAHE_DATA_DIR"}
    }
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env={**env, "PYTHONPATH": str(ROOT)}
    )
    assert await process.wait() == Exit.CONFIGURATION
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
async def test_a_command_makes_no_second_secret_key(own_database: str, tmp_path: Path) -> None:
    refused = await takahe("stats", DATABASE_URL=own_database, SECRET_KEY="", TAKAHE_DATA_DIR=str(tmp_path))
    assert (refused.code, "SECRET_KEY is not set" in refused.err) == (Exit.CONFIGURATION, True), refused.err
    assert list(tmp_path.iterdir()) == []
