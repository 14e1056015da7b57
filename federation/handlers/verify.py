"""Verification of messages whose signing key was unknown: fetch the key, then accept the message or refuse it with a reason."""

import datetime as dt

from django.db import IntegrityError

from core.db import async_atomic, sql
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation import metrics, registry
from federation.claims import from_stored, signature_matches
from federation.fetching import DocumentGone, fetch_document, slots
from federation.inbox.receiving import check_owner, read_envelope
from federation.inbox.storing import release_key
from federation.models import InboxGraph, InboxMessage
from federation.proofs.documents import PROOF
from federation.remote_keys import fetch_key, forget_owner, known_key, refund_lookup
from stator import Outcome, failed, later, to, transition

log = get_logger(__name__)


@InboxGraph.unverified.each(concurrency=slots.CONCURRENCY, fair_by="host", fair_share=3)
async def verify(message: InboxMessage) -> Outcome:
    """Move the message to `received` if its signature is its actor's; a new key is fetched once."""
    slots.is_bounded.set(True)
    claim = from_stored(message.signature)
    for_proofs = claim.scheme == PROOF
    key = await known_key(message.key_id, for_proofs=for_proofs)
    is_right = key is not None and signature_matches(key.pem, claim)
    if not is_right and (key is None or key.may_be_outdated):
        try:
            key = await fetch_key(
                message.key_id,
                network=message.address,
                matches=lambda found: signature_matches(found.pem, claim),
                for_proofs=for_proofs,
            )
        except DocumentGone as error:
            return await _key_gone(message, error)
        except FetchError as error:
            return _not_fetched(message, "its signer's key", error)
        is_right = signature_matches(key.pem, claim)
    if key is None or not is_right:
        return _refuse(message, "the signature is wrong")
    try:
        check_owner(key, message.actor)
    except Problem as problem:
        return _refuse(message, problem.sentence)
    return _accept(message)


def _not_fetched(message: InboxMessage, what: str, error: FetchError) -> Outcome:
    reason = f"{what} can't be fetched ({error.kind}): {error.sentence}"
    if isinstance(error, slots.NoSlot):
        return later(reason, dt.timedelta(seconds=error.after_s), is_attempt=False)
    if error.is_temporary:
        return later(reason, is_attempt=not error.is_ours)
    return _refuse(message, reason)


def _refuse(message: InboxMessage, reason: str) -> Outcome:
    metrics.count("message", "refused")
    log.info("inbox.not_verified", activity=message.activity_id, actor=message.actor, reason=reason)
    return failed(reason)


def _accept(message: InboxMessage) -> Outcome:
    async def mark_verified() -> None:
        unique_key = read_envelope(bytes(message.body)).unique_key
        await release_key(unique_key)
        try:
            async with async_atomic():
                await sql.run(
                    "UPDATE federation_inboxmessage SET unique_key = %s, signature = NULL, address = '' WHERE id = %s",
                    [unique_key, message.pk],
                )
        except IntegrityError:
            # two copies arrived before the signer was known
            await transition(message, InboxGraph.skipped)
            await InboxMessage.objects.filter(pk=message.pk).aupdate(reason="it came before")

    return to(InboxGraph.received, effect=mark_verified)


async def _key_gone(message: InboxMessage, error: DocumentGone) -> Outcome:
    """Delete the actor of a Delete whose own URI answers 410: that needs no signature (Mastodon deletes keys with their owner).

    A 410 at the key's URI proves nothing: the sender chose it, and it may be that of a deleted post.
    """
    if message.activity_type != "Delete":
        return _refuse(message, f"its signer is gone: {error.sentence}")
    try:
        await fetch_document(message.actor, fresh=True)
    except DocumentGone:
        pass  # as the Delete says: the actor is deleted below
    except FetchError as failure:
        return _not_fetched(message, "its signer's key is gone, and its actor", failure)
    else:
        return _refuse(message, "its signer's key is gone, but its actor is not")
    gone = registry.registered("actor gone")

    async def end_actor() -> None:
        await refund_lookup(message.address)
        await forget_owner(message.actor)
        if gone is not None:
            await gone(message.actor)

    return to(InboxGraph.skipped, effect=end_actor)
