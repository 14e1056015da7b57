"""Accesses to an identity, and invitations to it. Lists are bounded by MAX_ACCESSES and MAX_OPEN."""

from django.db.models import Q, QuerySet

from core import clock
from users.identities.models import Identity, Restriction
from users.logins.addresses import plain_email
from users.logins.models import IdentityAccess, User
from users.sharing.models import MAX_ACCESSES, MAX_OPEN, SharingInvitation

_MOST_SHOWN = 100


async def accesses_to(identity: Identity) -> list[IdentityAccess]:
    """Return the accesses of all logins to an identity, with `user`, owners first. Index of the identity."""
    found = IdentityAccess.objects.select_related("user").filter(identity=identity.pk)
    return [one async for one in found.order_by("-is_owner", "-is_editor", "pk")[: MAX_ACCESSES * 2]]


async def access_of(user: User, identity_id: int) -> IdentityAccess | None:
    """Return a login's own access. Index users_identity_access_pair."""
    return await IdentityAccess.objects.filter(user=user.pk, identity=identity_id).afirst()


async def access_named(identity: Identity, access_id: int) -> IdentityAccess | None:
    """Return one access to an identity, with `user`, for those who may see all of them."""
    found = IdentityAccess.objects.select_related("user").filter(pk=access_id, identity=identity.pk)
    return await found.afirst()


def open_invitations() -> QuerySet[SharingInvitation]:
    return SharingInvitation.objects.filter(expires_at__gt=clock.now())


async def invitations_to(identity: Identity) -> list[SharingInvitation]:
    """Return an identity's open invitations, oldest first. Index users_sharing_label."""
    found = open_invitations().filter(identity=identity.pk).order_by("pk")
    return [one async for one in found[: MAX_OPEN * 2]]


def addressed_to(user: User) -> Q:
    """Return the condition of invitations for a login: to one of its names, or to its address once that is confirmed."""
    named = Q(user=user.pk)
    return named | Q(address=plain_email(user.email)) if user.confirmed_at is not None else named


async def invitations_for(user: User) -> list[SharingInvitation]:
    """Return the open invitations that a login can answer, with `identity`. Indexes of the login and users_sharing_address."""
    found = open_invitations().select_related("identity").filter(addressed_to(user))
    found = found.filter(identity__deleted_at=None).exclude(identity__restriction=Restriction.suspended)
    return [one async for one in found.order_by("pk")[:_MOST_SHOWN]]
