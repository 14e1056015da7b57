"""`takahe domain`: the domains of this server."""

import argparse
import sys
from pathlib import Path

from activities.measures.queries.removal import left_of
from core.errors import BadInput, NotFound
from takahe.backups.passphrases import passphrase
from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_table
from takahe.moving.exporting import export_domain
from takahe.moving.importing import Import
from users.closing.services import keep_domain, removal_day, remove_domain
from users.domains.models import Domain, DomainGraph, DomainTextKind
from users.domains.queries import local_domains
from users.domains.services import (
    add_rule,
    change_rule,
    create_domain,
    edit_domain,
    move_rule,
    pause_domain,
    publish_text,
    remove_rule,
    resume_domain,
)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}.") from error


async def create(options: argparse.Namespace) -> int:
    domain = await create_domain(name=options.name, service_name=options.service_domain)
    print(f"{domain.name}  {domain.base_url}/")
    return Exit.OK


async def publish(options: argparse.Namespace) -> int:
    """Read the text (HTML) from a file, or from standard input for `-`."""
    domain = await domain_named(options.name)
    row = await publish_text(
        domain=domain,
        kind=DomainTextKind(options.kind),
        content=_read(options.file),
        effective_on=options.day,
    )
    print(f"{row.kind}  {row.effective_on}")
    return Exit.OK


async def pause(options: argparse.Namespace) -> int:
    domain = await pause_domain(domain=await domain_named(options.name))
    print(f"{domain.name} is paused: it answers 503 until `takahe domain resume {domain.name}`.")
    return Exit.OK


async def resume(options: argparse.Namespace) -> int:
    domain = await resume_domain(domain=await domain_named(options.name))
    print(f"{domain.name} is served.")
    return Exit.OK


async def set_local_only(options: argparse.Namespace) -> int:
    domain = await edit_domain(domain=await domain_named(options.name), is_local_only=options.state == "on")
    if domain.is_local_only:
        print(
            f"{domain.name} is local-only. Follows to and from other servers rest until `takahe domain local-only {domain.name} off`."
        )
    else:
        print(f"{domain.name} federates.")
    return Exit.OK


async def remove(options: argparse.Namespace) -> int:
    """Ask for the domain's name once more, unless it is in `--confirm`."""
    domain = await domain_named(options.name)
    if options.confirm is None:
        print(f"This deletes everybody and everything on {domain.name}, on all servers.")
        print(f"Type {domain.name} to go on: ", end="", flush=True)
    typed = sys.stdin.readline() if options.confirm is None else options.confirm
    domain = await remove_domain(domain=domain, typed=typed, at_once=options.at_once)
    if options.at_once:
        print(f"The worker removes {domain.name} now. `takahe domain list` shows what is left.")
    else:
        print(
            f"{domain.name} will be removed on {removal_day(domain)}; its people are told. `takahe domain keep {domain.name}` takes it back."
        )
    return Exit.OK


async def keep(options: argparse.Namespace) -> int:
    domain = await keep_domain(domain=await domain_named(options.name))
    print(f"{domain.name} stays.")
    return Exit.OK


async def show_rules(options: argparse.Namespace) -> int:
    domain = await domain_named(options.name)
    print_table(("id", "rule", "hint"), [(str(one.pk), one.text, one.hint) for one in domain.rules])
    return Exit.OK


async def append_rule(options: argparse.Namespace) -> int:
    rule = await add_rule(domain=await domain_named(options.name), text=options.text, hint=options.hint or "")
    print(rule.pk)
    return Exit.OK


async def reword_rule(options: argparse.Namespace) -> int:
    """Change a rule. Its translations stay, and so does the hint unless another one is given."""
    domain = await domain_named(options.name)
    before = next((one for one in domain.rules if one.pk == options.rule), None)
    if before is None:
        raise NotFound(code="no_such_rule")
    await change_rule(
        domain=domain,
        rule_id=options.rule,
        text=options.text,
        hint=before.hint if options.hint is None else options.hint,
        translations=before.translations,
    )
    return Exit.OK


async def shift_rule(options: argparse.Namespace) -> int:
    domain = await domain_named(options.name)
    await move_rule(domain=domain, rule_id=options.rule, is_up=options.way == "up")
    return Exit.OK


async def drop_rule(options: argparse.Namespace) -> int:
    await remove_rule(domain=await domain_named(options.name), rule_id=options.rule)
    return Exit.OK


_IN_THE_CLEAR = "It contains private keys: keep it secret."
_ENCRYPTED = "It is encrypted with TAKAHE_BACKUP_PASSPHRASE."


async def export(options: argparse.Namespace) -> int:
    """Write the file, with progress on stderr."""
    domain = await domain_named(options.name)
    written = await export_domain(domain, Path(options.file), passphrase(), _tell)
    print(
        f"{domain.name} is in {options.file}: {written['users.Identity']} people, {written['activities.Post']} posts,"
        f" {written['media']} files. {_ENCRYPTED if passphrase() else _IN_THE_CLEAR}"
    )
    if written["missing"]:
        print(f"{written['missing']} files were missing on the disk.")
    return Exit.OK


async def import_file(options: argparse.Namespace) -> int:
    """Read the file, with progress on stderr."""
    reading = Import(Path(options.file), passphrase(), _tell)
    domain = await reading.run()
    print(
        f"{domain.name} is here, paused: {reading.counts['users.Identity']} people, {reading.counts['activities.Post']} posts."
    )
    for label, count in sorted(reading.left.items()):
        if count:
            print(
                f"left out, because they refer to what this server doesn't know or has already: {count} of {label}"
            )
    print(f"Point {domain.host} to this server, then run `takahe domain resume {domain.name}`.")
    return Exit.OK


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _state(domain: Domain) -> str:
    if domain.is_leaving:
        return f"removed on {removal_day(domain)}"
    if not domain.is_removed or domain.state == DomainGraph.gone:
        return str(domain.state)
    left = await left_of(domain)
    return f"{domain.state}: {left.people} people, {left.posts} posts, {left.files} files left"


async def show_list(options: argparse.Namespace) -> int:
    rows = [
        (domain.name, f"{domain.base_url}/", domain.sign_up_mode, await _state(domain))
        for domain in await local_domains(with_removed=True)
    ]
    print_table(("domain", "address", "sign-up", "state"), rows)
    return Exit.OK
