"""`takahe shelter`: rules on incoming posts, and the posts that they hold, as under Administration, Storm shelter."""

import argparse
import dataclasses
from typing import Any

import msgspec

from activities.publishing.services.sheltering import drop_posts, release_posts
from activities.shelter.models import ShelterRule
from activities.shelter.queries import held as held_reads
from activities.shelter.queries import rules as reads
from activities.shelter.queries import trials
from activities.shelter.queries.files import files_at
from activities.shelter.services.rules import LISTS, NUMBERS, add_rule, change_rule, remove_rule
from core.db.paging import Page
from takahe.cli.exits import Exit
from takahe.cli.tables import print_list
from users.logins.services.staff import OPERATOR


def _conditions(rule: ShelterRule | argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in (*LISTS, *NUMBERS)}


def _fields(rule: ShelterRule) -> dict[str, Any]:
    return {
        "id": str(rule.pk),
        "name": rule.name,
        "action": str(rule.action),
        "mode": str(rule.mode),
        "conditions": {name: value for name, value in _conditions(rule).items() if value},
        "matches": rule.matches,
        "last_match_at": rule.last_match_at,
        "examples": rule.examples,
    }


async def show_list(options: argparse.Namespace) -> int:
    """Print the rules, newest first, in pages."""
    found = await reads.rules(Page(limit=options.limit, max_id=options.before))
    return print_list(
        options,
        [_fields(rule) for rule in found],
        ("id", "name", "action", "mode", "#matches", "last match"),
        lambda one: (
            one["id"],
            one["name"],
            one["action"],
            one["mode"],
            f"{one['matches']:,}",
            f"{one['last_match_at']:%Y-%m-%d %H:%M}" if one["last_match_at"] else "never",
        ),
    )


async def add(options: argparse.Namespace) -> int:
    """Add a rule, and print its id."""
    rule = await add_rule(
        moderator=OPERATOR,
        name=options.name,
        action=options.action,
        mode=options.mode,
        **_conditions(options),
    )
    print(rule.pk)
    return Exit.OK


async def set_mode(options: argparse.Namespace) -> int:
    """Put a rule into effect, on trial, or out of effect, and print its id."""
    rule = await reads.rule_with_id(options.rule)
    await change_rule(
        moderator=OPERATOR,
        rule_id=rule.pk,
        name=rule.name,
        action=rule.action,
        mode=options.mode,
        **_conditions(rule),
    )
    print(rule.pk)
    return Exit.OK


async def try_rule(options: argparse.Namespace) -> int:
    """Print how many of the last week's posts a rule would have matched, and some of them."""
    tried = await trials.try_rule(await reads.rule_with_id(options.rule))
    if options.json:
        fields = dataclasses.asdict(tried)
        print(msgspec.json.encode(fields).decode())
        return Exit.OK
    print(f"{tried.matches:,} of {tried.checked:,} posts match")
    for day, count in sorted(tried.by_day.items()):
        print(f"{day}\t{count:,}")
    for one in tried.examples:
        print(f"@{one['author']}\t{one['uri'] or 'a post that is not public'}")
    return Exit.OK


async def hashes(options: argparse.Namespace) -> int:
    """Print the hashes of the files of a post; a file without a copy on this server may have none."""
    found = await files_at(options.address)
    return print_list(
        options,
        [{"url": one.url, "sha256": one.sha256, "blurhash": one.blurhash} for one in found.files],
        ("sha256", "blurhash", "file"),
        lambda one: (one["sha256"] or "not copied yet", one["blurhash"], one["url"]),
    )


async def remove(options: argparse.Namespace) -> int:
    """Remove a rule. The posts that it holds are still held."""
    await remove_rule(moderator=OPERATOR, rule_id=options.rule)
    return Exit.OK


async def held(options: argparse.Namespace) -> int:
    """Print the held posts, newest first, in pages."""
    found = await held_reads.held_posts(None, Page(limit=options.limit, max_id=options.before))
    shown = [
        {
            "id": str(one.post.id),
            "author": one.post.author.handle,
            "rule": one.rule_name or "quarantine",
            "held_at": one.held_at,
            "uri": one.post.uri,
        }
        for one in found
    ]
    return print_list(
        options,
        shown,
        ("id", "author", "rule", "held", "address"),
        lambda one: (
            one["id"],
            f"@{one['author']}",
            one["rule"],
            f"{one['held_at']:%Y-%m-%d %H:%M}",
            one["uri"],
        ),
    )


async def release(options: argparse.Namespace) -> int:
    """Show held posts to everyone who would have seen them."""
    print(f"{await release_posts(moderator=OPERATOR, post_ids=options.post)} released")
    return Exit.OK


async def drop(options: argparse.Namespace) -> int:
    """Delete held posts here."""
    print(f"{await drop_posts(moderator=OPERATOR, post_ids=options.post)} deleted")
    return Exit.OK
