"""Messages whose signer's key was not known: fetch it, verify, and let them in or say why not."""

from django.db import IntegrityError

from core.db import async_atomic, sql
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation import figures, registry
from federation.fetching import DocumentGone
from federation.models import InboxGraph, InboxMessage
from federation.proofs import bears_out, from_stored
from federation.receiving import check_owner, read_envelope, release_key
from federation.remote_keys import fetch_key, forget_owner, known_key
from stator import Outcome, failed, later, to, transition

log = get_logger(__name__)


@InboxGraph.unverified.each(concurrency=20, fair_by="host", fair_share=3)
async def verify(message: InboxMessage) -> Outcome:
    """The message is `received` if its signature is its actor's; a new key is asked for once."""
    claim = from_stored(message.signature)
    key = await known_key(message.key_id, fresh=True)
    is_right = key is not None and bears_out(key.pem, claim)
    if not is_right and (key is None or key.may_be_outdated):
        try:
            key = await fetch_key(message.key_id)
        except DocumentGone as error:
            return await _gone(message, error)
        except FetchError as error:
            reason = f"its signer's key can't be fetched ({error.kind}): {error.sentence}"
            if error.is_temporary:
                return later(reason, is_attempt=not error.is_ours)
            return _refuse(message, reason)
        is_right = bears_out(key.pem, claim)
    if key is None or not is_right:
        return _refuse(message, "the signature is wrong")
    try:
        check_owner(key, message.actor)
    except Problem as problem:
        return _refuse(message, problem.sentence)
    return _let_in(message)


def _refuse(message: InboxMessage, reason: str) -> Outcome:
    figures.count("message", "refused")
    log.info("inbox.not_verified", activity=message.activity_id, actor=message.actor, reason=reason)
    return failed(reason)


def _let_in(message: InboxMessage) -> Outcome:
    async def prove() -> None:
        unique_key = read_envelope(bytes(message.body)).unique_key
        await release_key(unique_key)
        try:
            async with async_atomic():
                await sql.run(
                    "UPDATE federation_inboxmessage SET unique_key = %s, signature = NULL, address = '' WHERE id = %s",
                    [unique_key, message.pk],
                )
        except IntegrityError:
            # it came twice before its signer was known here
            await transition(message, InboxGraph.skipped)
            await InboxMessage.objects.filter(pk=message.pk).aupdate(reason="it came before")

    return to(InboxGraph.received, effect=prove)


async def _gone(message: InboxMessage, error: DocumentGone) -> Outcome:
    """The owner's own server says that this actor was deleted: that needs no signature (Mastodon deletes keys with their owner)."""
    gone = registry.registered("actor gone")
    if message.activity_type != "Delete" or not _is_key_of(message.key_id, message.actor):
        return _refuse(message, f"its signer is gone: {error.sentence}")

    async def end_actor() -> None:
        await forget_owner(message.actor)
        if gone is not None:
            await gone(message.actor)

    return to(InboxGraph.skipped, effect=end_actor)


def _is_key_of(key_id: str, actor: str) -> bool:
    """Whether the key's address says that it belongs to this actor: `actor#main-key`, `actor/main-key`."""
    rest = key_id.removeprefix(actor) if key_id.startswith(actor) else "no"
    return rest[:1] in ("", "#", "/", "?")
