"""Accounts for several endpoints: rendering lists, finding one, resolving one on its own server."""

import asyncio
import datetime as dt
import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from activities.remote_profiles.services.looks import request_look
from api.entities.account import Account, account
from api.entities.relationship import Relationship
from api.entities.times import timestamp
from api.routing import Call
from core.errors import Gone, NotFound, Problem, TooMany, Unauthenticated
from core.logs import get_logger
from core.texts import normal_query
from users.domains.models import Domain
from users.domains.visitors import is_hidden_host
from users.identities.models import Identity
from users.identities.queries import identities
from users.identities.queries.profiles import Profile, load_profiles
from users.identities.services import remote_actors
from users.relations.queries import relationships

log = get_logger(__name__)

RESOLVE_TIMEOUT_S = 5.0
_HANDLE = re.compile(r"@?[^\s@/]+@[^\s@/]+\.?[^\s@/]*")


async def profile_for(call: Call, identity_id: int) -> Profile:
    """Return the profile, also of a suspended account, which is flagged. Raises NotFound, or Gone for a deleted one."""
    profile = (await load_profiles([identity_id])).get(identity_id)
    if profile is None:
        raise NotFound
    if is_hidden_host(profile.host):
        raise Unauthenticated(code="anonymous_refused")
    if profile.is_deleted:
        raise Gone(code="not_found")
    return profile


async def accounts_of(call: Call, ids: list[int]) -> list[Account]:
    """Return the accounts with these ids, in this order, in one query."""
    profiles = await load_profiles(ids)
    return [account(profiles[one], call.domain) for one in ids if one in profiles]


async def found_accounts(call: Call, ids: list[int]) -> list[Account]:
    """Return accounts that a search found, without those on blocked servers or of domains hidden from visitors. One query."""
    profiles = await load_profiles(ids)
    found = [profiles[one] for one in ids if one in profiles]
    return [
        account(one, call.domain)
        for one in found
        if not one.is_on_blocked_host and not is_hidden_host(one.host)
    ]


async def relationships_of(call: Call, ids: Sequence[int]) -> list[Relationship]:
    """Return the caller's relationships to these accounts, in this order. One query, and a second one if any is muted."""
    found = await relationships.relationships(call.me, ids)
    until: dict[int, dt.datetime | None] = {}
    if any(one.muting for one in found):
        until = await relationships.ends_of_mutes(call.me.pk, ids)
    shown = []
    for one in found:
        fields = msgspec.structs.asdict(one)
        fields["id"] = str(one.id)
        expires_at = until.get(one.id)
        shown.append(
            Relationship(
                **fields, muting_expires_at=timestamp(expires_at) if expires_at and one.muting else None
            )
        )
    return shown


async def relationship_with(call: Call, identity_id: int) -> Relationship:
    return (await relationships_of(call, [identity_id]))[0]


async def resolve_account(call: Call, text: str) -> int | None:
    """Resolve a handle or URL on the account's own server, within a few seconds. Returns its id, None on failure.

    Raises TooMany, and NotAllowed on a domain that doesn't federate.
    """
    text = normal_query(text)
    if call.viewer is None or not (_HANDLE.fullmatch(text) or text.startswith(("https://", "http://"))):
        return None
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            found = await remote_actors.look_up(text)
            if not found.is_local:
                await request_look(found.pk, found.uri)
            return int(found.pk)
    except TooMany:
        raise  # no server was asked
    except (Problem, TimeoutError) as error:
        if isinstance(error, Problem) and error.code == "domain_is_local_only":
            raise
        log.info("api.resolve_failed", text=text, error=error)
        return None


async def moved_to(person: Profile | Identity, domain: Domain) -> Account | UnsetType:
    """Return the account that `person` moved to, if it is known. Runs no query for one that has not moved, else two by unique keys."""
    if not person.moved_to_uri:
        return UNSET
    target = await identities.by_uri(person.moved_to_uri)
    if target is None or target.uri == person.uri or target.deleted_at is not None:
        return UNSET
    return account((await load_profiles([target.pk]))[target.pk], domain)
