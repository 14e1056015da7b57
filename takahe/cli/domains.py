"""`takahe domain`, for argparse."""

from datetime import date
from typing import Any

from takahe.cli.subcommands import add_command as _add
from takahe.cli.subcommands import add_group as _group


def domains(commands: Any) -> None:
    """Add the commands about the domains of this server."""
    domain = _group(commands, "domain", "domains this server answers for")
    create = _add(domain, "create", "domain:create", "add a domain")
    create.add_argument("name", help="the domain in handles, as example.com")
    create.add_argument("--service-domain", help="the host that serves it, if it is a different one")
    _add(domain, "list", "domain:show_list", "list the domains")

    pause = _add(
        domain, "pause", "domain:pause", "answer 503 for everything of a domain, so that nothing is lost"
    )
    pause.add_argument("name", help="the domain")
    resume = _add(domain, "resume", "domain:resume", "end the pause of a domain")
    resume.add_argument("name", help="the domain")
    local_only = _add(
        domain,
        "local-only",
        "domain:set_local_only",
        "disconnect a domain from other servers, or connect it again",
    )
    local_only.add_argument("name", help="the domain")
    local_only.add_argument(
        "state", choices=["on", "off"], help="on: nothing is sent to other servers or shown to them"
    )
    remove = _add(
        domain,
        "remove",
        "domain:remove",
        "delete a domain with all its people, on all servers, after two weeks",
    )
    remove.add_argument("name", help="the domain")
    remove.add_argument(
        "--confirm", metavar="NAME", help="the domain once more, instead of being asked for it"
    )
    remove.add_argument("--at-once", action="store_true", help="begin now, so that it can't be taken back")
    keep = _add(domain, "keep", "domain:keep", "take the removal of a domain back, before it begins")
    keep.add_argument("name", help="the domain")
    _rules(domain)
    _policies(domain)
    export = _add(
        domain, "export", "domain:export", "write a domain with all its people and private keys to a file"
    )
    export.add_argument("name", help="the domain")
    export.add_argument("file", help="a new file, which only you can read")
    importing = _add(
        domain, "import", "domain:import_file", "add a domain from a file of `takahe domain export`"
    )
    importing.add_argument("file", help="the file")
    publish = _add(domain, "publish", "domain:publish", "publish one of a domain's long texts")
    publish.add_argument("name", help="the domain")
    publish.add_argument(
        "kind", choices=["privacy_policy", "terms_of_service", "extended_description", "front_page"]
    )
    publish.add_argument("file", help="a file with HTML; - for standard input")
    publish.add_argument(
        "--from",
        dest="day",
        metavar="DAY",
        type=date.fromisoformat,
        help="in effect from this day, as 2026-12-31; by default from today",
    )


def _rules(domain: Any) -> None:
    """Add the commands about the rules of a domain."""
    for name, does, text in (
        ("rules", "show_rules", "list the rules of a domain, with their ids"),
        ("add-rule", "append_rule", "add a rule after the others"),
        ("change-rule", "reword_rule", "change the words of a rule; reports go on naming it"),
        ("move-rule", "shift_rule", "move a rule one place up or down"),
        ("remove-rule", "drop_rule", "remove a rule; earlier reports go on naming it"),
    ):
        command = _add(domain, name, f"domain:{does}", text)
        command.add_argument("name", help="the domain")
        if name in {"change-rule", "move-rule", "remove-rule"}:
            command.add_argument("rule", type=int, help="the id, as `takahe domain rules` lists it")
        if name in {"add-rule", "change-rule"}:
            command.add_argument("text", help="the rule in one sentence")
            command.add_argument("--hint", help="what it means, in a few words")
        if name == "move-rule":
            command.add_argument("way", choices=["up", "down"])


def _policies(domain: Any) -> None:
    """Add the commands about a domain's policies for other servers."""
    listed = _add(
        domain, "policies", "peers.domain_policies:show_list", "list a domain's policies for other servers"
    )
    listed.add_argument("--json", action="store_true", help="print JSON")
    changed = _add(
        domain,
        "set-policy",
        "peers.domain_policies:set_policy",
        "set a domain's policy for a server, in place of an earlier one",
    )
    removed = _add(
        domain, "remove-policy", "peers.domain_policies:remove", "remove a domain's policy for a server"
    )
    for command in (listed, changed, removed):
        command.add_argument("name", help="the domain")
    for command in (changed, removed):
        command.add_argument("host", help="the other server; its subdomains are included")
    changed.add_argument(
        "policy",
        choices=["open", "limited", "blocked"],
        help="limited: only followers see its people's posts; blocked: the two see nothing of each other",
    )
    for option, about in (
        ("--reject-media", "hide its media and emoji"),
        ("--force-sensitive", "cover the media of its posts"),
        ("--force-unlisted", "keep its posts out of public timelines"),
        ("--strip-links", "turn the links of its posts into text"),
    ):
        changed.add_argument(option, action="store_true", help=about)
    changed.add_argument("--note", default="", help="for the domain's staff")
    changed.add_argument("--public-comment", default="", help="published with the domain's blocks")
