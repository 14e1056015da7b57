"""Approvals, as seen by the users involved and as checked by other servers."""

from django.db.models import Q

from activities.approvals.models import Approval, ApprovalGraph
from activities.posts.models import Interaction, Post
from core.db import sql
from core.db.paging import Page
from core.errors import NotFound
from users.identities.models import Identity

_WITH_ALL = ("identity", "target", "target__author", "post", "post__author")
SHOWN = (ApprovalGraph.waiting.name, ApprovalGraph.accepted.name)


async def approval_at(uri: str, *, locked: bool = False) -> Approval | None:
    """Return the approval of the reply, Like or Announce with this id, with all related rows. Unique index on uri."""
    found = Approval.objects.select_related(*_WITH_ALL).filter(uri=uri)
    return await (found.select_for_update(of=("self",), no_key=True) if locked else found).afirst()


async def approvals_by_uri(author_id: int, approval_uri: str) -> list[Approval]:
    """Return the interactions that the author allowed with this approval, locked. Served by activities_approval_uri."""
    found = Approval.objects.select_related(*_WITH_ALL).filter(
        approval_uri=approval_uri, author_id=author_id, state=ApprovalGraph.accepted.name
    )
    return [one async for one in found.select_for_update(of=("self",), no_key=True)[:20]]


async def own_approval(author: Identity, approval_id: int, *, locked: bool = False) -> Approval:
    """Return an approval requested from the author. Raises NotFound for anybody else's."""
    found = Approval.objects.select_related(*_WITH_ALL).filter(pk=approval_id, author_id=author.pk)
    approval = await (found.select_for_update(of=("self",), no_key=True) if locked else found).afirst()
    if approval is None:
        raise NotFound
    return approval


async def waiting_for(
    author: Identity,
    page: Page,
    *,
    kinds: tuple[Interaction, ...] = (Interaction.reply, Interaction.like, Interaction.boost),
    target_id: int | None = None,
    states: tuple[str, ...] = (ApprovalGraph.waiting.name,),
) -> list[Approval]:
    """Return the approvals that await the author's answer, newest first. Served by activities_approval_author."""
    found = Approval.objects.select_related(*_WITH_ALL).filter(
        Q(post=None) | Q(post__deleted_at=None),
        author_id=author.pk,
        target__deleted_at=None,
        identity__deleted_at=None,
        state__in=states,
        kind__in=kinds,
    )
    if target_id is not None:
        found = found.filter(target_id=target_id)
    return await page.read(found)


async def shown_approval(author_id: int, approval_id: int) -> tuple[Interaction, str, str] | None:
    """Return `(kind, uri of the interaction, uri of the post)` of an approved interaction. None if it was revoked."""
    found = (
        await Approval.objects.filter(
            pk=approval_id, author_id=author_id, state=ApprovalGraph.accepted.name, target__deleted_at=None
        )
        .values_list("kind", "uri", "target__uri")
        .afirst()
    )
    return None if found is None else (Interaction(found[0]), found[1], found[2])


async def is_approved(kind: Interaction, identity: Identity, target: Post, uri: str) -> bool | None:
    """Return whether the post's author allowed this interaction; None if it is unknown or pending. Unique index on uri."""
    state = await sql.value(
        "SELECT state FROM activities_approval WHERE uri = %s AND kind = %s AND identity_id = %s AND target_id = %s",
        [uri, kind.value, identity.pk, target.pk],
    )
    if state == ApprovalGraph.accepted.name:
        return True
    return False if state in {ApprovalGraph.refused.name, ApprovalGraph.revoked.name} else None
