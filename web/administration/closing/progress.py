"""Sentences about work that acts of staff left to the worker."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.measures.queries.progress import Left, Work, losses_by_host
from core.numbers import Number
from core.pages.addresses import path_to
from federation.models import Peer, Policy
from users.logins.models import User
from users.roles.models import Permission
from users.severances.models import SeveranceGraph, SeveranceKind
from web.administration.attention import Sentence
from web.templatetags.takahe import bounded_count


def in_progress(user: User, found: Sequence[Work]) -> list[Sentence]:
    """Return what the worker still does, for a staff member."""
    said = [Sentence("waits", _words(work), _path(work)) for work in found]
    people = max((work.others for work in found if work.kind == "person"), default=0)
    losses = max((work.others for work in found if work.kind in SeveranceKind), default=0)
    queues = path_to("admin-queues") if user.may(Permission.view_devops) else path_to("admin")
    if people:
        words = ngettext(
            "{count} more account is being deleted.", "{count} more accounts are being deleted.", people
        )
        said.append(Sentence("waits", words.format(count=bounded_count(people)), queues))
    if losses:
        words = ngettext(
            "The follows lost by {count} more block or suspension are being processed.",
            "The follows lost by {count} more blocks and suspensions are being processed.",
            losses,
        )
        said.append(Sentence("waits", words.format(count=bounded_count(losses)), queues))
    return said


def _words(work: Work) -> str:
    if work.kind == "person":
        return deletion_words(work.name, work.left)
    if work.kind == "domain":
        return _("{name} is being removed.").format(name=work.name)
    if work.kind == SeveranceKind.domain_block:
        return block_words(work.name, work.state)
    if work.state == SeveranceGraph.listing.name:
        return _("The follows lost by suspending @{handle} are being listed.").format(handle=work.name)
    return _("The people who lost follows by suspending @{handle} are being told.").format(handle=work.name)


def _path(work: Work) -> str:
    if work.kind == "domain":
        return path_to("admin-domain", domain_id=work.id)
    if work.kind == SeveranceKind.domain_block:
        return path_to("admin-peers", {"q": work.name})
    return path_to("admin-person", person_id=work.id)


def deletion_words(handle: str, left: Left) -> str:
    """Return what is left of a person who is being deleted."""
    if not left.posts and left.is_all:
        return _("@{handle} is being deleted. No posts are left.").format(handle=handle)
    count = Number(left.posts) if left.is_all else _("{count} or more").format(count=Number(left.posts))
    return _("The posts of @{handle} are being deleted. Left: {count}.").format(handle=handle, count=count)


def block_words(host: str, state: str) -> str:
    """Return what is still being done after a block of a server."""
    if state == SeveranceGraph.listing.name:
        return _("The follows lost by blocking {host} are being listed.").format(host=host)
    return _("The people who lost follows by blocking {host} are being told.").format(host=host)


async def with_progress(peers: Sequence[Peer]) -> list[tuple[Peer, str]]:
    """Return servers, each with a sentence about what is still being done after its block, or with an empty one."""
    states = await losses_by_host([peer.host for peer in peers if peer.policy == Policy.blocked])
    return [
        (peer, block_words(peer.host, states[peer.host]) if peer.host in states else "") for peer in peers
    ]
