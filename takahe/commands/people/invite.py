"""`takahe invite`: invitations to domains that require one."""

import argparse
from typing import Any

import msgspec

from takahe.cli.exits import Exit
from takahe.cli.lookups import domain_named
from takahe.cli.tables import print_list
from users.logins.models import Invitation
from users.logins.queries import invitations
from users.logins.services.invitations import invite, link_of, revoke
from users.logins.services.staff import OPERATOR


def _fields(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": str(invitation.pk),
        "domain": invitation.domain.name,
        "made_by": invitation.made_by.email if invitation.made_by else None,
        "expires_at": invitation.expires_at,
        "sign_ups": invitation.sign_ups,
        "max_sign_ups": invitation.max_sign_ups,
        "link": link_of(invitation),
    }


async def create(options: argparse.Namespace) -> int:
    """Make an invitation and print its link."""
    made = await invite(
        domain=await domain_named(options.domain),
        moderator=OPERATOR,
        days=options.days,
        max_sign_ups=options.uses,
    )
    print(msgspec.json.encode(_fields(made)).decode() if options.json else link_of(made))
    return Exit.OK


async def show_list(options: argparse.Namespace) -> int:
    """Print the valid invitations, newest first, in pages."""
    scope = frozenset([(await domain_named(options.domain)).pk]) if options.domain else None
    shown = [
        _fields(one) for one in await invitations(scope=scope, before=options.before, limit=options.limit)
    ]
    return print_list(
        options,
        shown,
        ("id", "domain", "made by", "valid until", "#sign-ups", "link"),
        lambda one: (
            one["id"],
            one["domain"],
            one["made_by"] or "command line",
            f"{one['expires_at']:%Y-%m-%d %H:%M} UTC",
            one["sign_ups"],
            one["link"],
        ),
    )


async def delete(options: argparse.Namespace) -> int:
    """Revoke an invitation."""
    await revoke(moderator=OPERATOR, invitation_id=options.id)
    print("Invitation revoked. People who signed up with it stay.")
    return Exit.OK
