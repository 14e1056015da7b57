"""The commands about other servers: relays, blocklists, and rules on what comes in. No command's own module is imported here."""

import argparse
from typing import Any

from takahe.cli.subcommands import add_command as _add
from takahe.cli.subcommands import add_group as _group

# as activities/shelter/models.py, which would load the models for `--help`
SHELTER_ACTIONS = ("hold", "drop", "mark", "report", "limit")
SHELTER_MODES = ("off", "trial", "active")
_SHELTER_LISTS = {
    "phrases": ("--phrase", "TEXT", "words that it contains; * is any text"),
    "link_hosts": ("--link", "DOMAIN", "a domain that it links to"),
    "hosts": ("--host", "DOMAIN", "the domain of its author's server"),
    "software": ("--software", "NAME", "what its author's server runs"),
    "languages": ("--language", "CODE", "its language, such as en"),
    "hashes": ("--sha256", "HASH", "the SHA-256 of a file of it, as `takahe shelter hashes` prints it"),
    "blurhashes": ("--blurhash", "HASH", "what a picture of it looks like"),
}
_SHELTER_NUMBERS = {
    "min_mentions": ("--mentions", "N", "it mentions at least this many people"),
    "min_strangers": (
        "--strangers",
        "N",
        "it mentions at least this many people here who don't follow its author",
    ),
    "younger_than_h": ("--younger-than", "HOURS", "its author's account is younger, as its server says"),
    "known_less_than_h": ("--known-less-than", "HOURS", "its author was first seen here later than this"),
}


def peers(commands: Any) -> None:
    """Add the commands to the command line."""
    _relays(commands)
    _blocklists(commands)
    _shelter(commands)


def _relays(commands: Any) -> None:
    relay = _group(commands, "relay", "relays that forward public posts")
    listed = _add(relay, "list", "peers.relay:show_list", "list the relays with their state and statistics")
    added = _add(relay, "add", "peers.relay:add", "subscribe to a relay")
    added.add_argument("address", help="its inbox or its actor, such as https://relay.example/inbox")
    added.add_argument(
        "--most-per-minute", type=int, metavar="N", help="posts per minute; more are dropped (default 60)"
    )
    added.add_argument(
        "--hashtag", action="append", default=[], metavar="NAME", help="only posts with it; may be repeated"
    )
    removed = _add(relay, "remove", "peers.relay:remove", "unsubscribe from a relay; its posts are kept")
    removed.add_argument("address", help="as it was added")
    for command in (listed, added, removed):
        command.add_argument("--json", action="store_true", help="print JSON")


def _blocklists(commands: Any) -> None:
    blocklist = _group(_group(commands, "peer", "other servers"), "blocklist", "lists of servers to block")
    export = _add(blocklist, "export", "peers.blocklist:export", "write the policies of servers as CSV")
    export.add_argument("file", help="the file to write; - for standard output")
    export.add_argument("--allowed", action="store_true", help="the servers that are allowed, instead")
    export.add_argument("--with-notes", action="store_true", help="with the notes of moderators")
    taken = _add(blocklist, "import", "peers.blocklist:import_list", "set policies of servers from a list")
    taken.add_argument(
        "file", help="CSV as Mastodon and others export it, or one host per line; - for standard input"
    )
    taken.add_argument("--dry-run", action="store_true", help="only list what it would change")
    taken.add_argument("--allowed", action="store_true", help="rows without a severity are allowed servers")
    taken.add_argument(
        "--override", action="store_true", help="also loosen stricter policies, and restrict allowed servers"
    )

    follow = _add(
        blocklist, "subscribe", "peers.blocklist:subscribe", "fetch a list daily from an https address"
    )
    follow.add_argument("address", help="of a CSV file, or one host per line")
    follow.add_argument("--name", help="default: the host")
    _add(blocklist, "list", "peers.blocklist:subscribed", "print the subscribed lists")
    for name, run, about in (
        ("apply", "apply_subscribed", "apply a subscribed list that waits for that"),
        ("refresh", "refresh", "fetch a subscribed list now"),
        ("unsubscribe", "unsubscribe", "remove a subscribed list, and the policies that only it set"),
    ):
        command = _add(blocklist, name, f"peers.blocklist:{run}", about)
        command.add_argument("list", help="id or address")
        if name == "unsubscribe":
            command.add_argument("--keep", action="store_true", help="keep its policies")


def _shelter(commands: Any) -> None:
    shelter = _group(commands, "shelter", "rules on incoming posts, and the posts that they hold")
    _paged(_add(shelter, "list", "peers.shelter:show_list", "list the rules, newest first"))
    added = _add(shelter, "add", "peers.shelter:add", "add a rule, and print its id")
    added.add_argument("name", help="as it is listed")
    added.add_argument(
        "--action", required=True, choices=SHELTER_ACTIONS, help="on a post that meets all conditions"
    )
    added.add_argument(
        "--mode", default="trial", choices=SHELTER_MODES, help="default: trial, which only counts"
    )
    conditions = added.add_argument_group(
        "conditions", "A post has to meet all that are given. Those of text may be repeated."
    )
    for name, (option, value, about) in _SHELTER_LISTS.items():
        conditions.add_argument(option, dest=name, action="append", default=[], metavar=value, help=about)
    for name, (option, value, about) in _SHELTER_NUMBERS.items():
        conditions.add_argument(option, dest=name, type=int, metavar=value, help=about)
    mode = _add(
        shelter, "mode", "peers.shelter:set_mode", "put a rule into effect, on trial, or out of effect"
    )
    tried = _add(shelter, "try", "peers.shelter:try_rule", "compare a rule with the posts of the last week")
    removed = _add(
        shelter, "remove", "peers.shelter:remove", "remove a rule; the posts that it holds are still held"
    )
    hashes = _add(
        shelter, "hashes", "peers.shelter:hashes", "print the SHA-256 and blurhash of the files of a post"
    )
    hashes.add_argument("address", help="the post's id on its own server, https://…")
    hashes.add_argument("--json", action="store_true", help="print JSON")
    for command in (mode, tried, removed):
        command.add_argument("rule", type=int, help="its id")
    mode.add_argument("mode", choices=SHELTER_MODES)
    tried.add_argument("--json", action="store_true", help="print JSON")
    _paged(_add(shelter, "held", "peers.shelter:held", "list the held posts, newest first"))
    for name, about in (
        ("release", "show held posts to everyone who would have seen them"),
        ("drop", "delete held posts here"),
    ):
        decided = _add(shelter, name, f"peers.shelter:{name}", about)
        decided.add_argument("post", type=int, nargs="+", help="its id")


def _paged(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", type=int, default=100, choices=range(1, 1001), metavar="1…1000")
    command.add_argument("--before", type=int, metavar="ID", help="those that are older than this one")
    command.add_argument("--json", action="store_true", help="print JSON")
