"""Handlers of identities: refreshing outdated remote ones, removing deleted ones in batches, and deleting unreferenced remote ones."""

from datetime import timedelta

from core import clock
from core.db import sql
from core.errors import Gone, NotAllowed, Problem
from core.http import FetchError
from federation import sending
from federation.fetching.retries import retry_of
from stator import Outcome, every, failed, later, to
from users.emojis import events as emoji_events
from users.emojis.models import EmojiRemoval
from users.emojis.services.copies import update_copies
from users.identities import events
from users.identities.activitypub.activities import delete_document
from users.identities.models import Identity, IdentityGraph, SearchName
from users.identities.services import backfills, keys, remote_actors, search_names


@IdentityGraph.outdated.each(lease=timedelta(seconds=90), concurrency=10, fair_by="host")
async def refetch(identity: Identity) -> Outcome:
    """Refresh a remote identity from its server, or delete it if its server says that it is deleted."""
    if identity.is_local:
        return to(IdentityGraph.steady)
    try:
        found = await remote_actors.refresh(identity)
    except FetchError as error:
        return retry_of(error) or failed(error.reason)
    except (Gone, NotAllowed) as problem:
        return failed(problem.detail or problem.sentence)
    except Problem as problem:
        return later(problem.detail or problem.sentence)
    # refresh() has already changed the state of a deleted one
    return to(IdentityGraph.steady) if found is not None else later("its server says that it is gone")


_SERVERS_AT_ONCE = 500

# Skips from inbox to inbox in users_identity_inbox, so that the cost depends on the number of inboxes, not on the accounts that share
# one.
_INBOX = "coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url)"


def _next_inbox(after: str) -> str:
    return f"""
    SELECT md5({_INBOX}) AS hash, {_INBOX} AS inbox FROM users_identity i
    WHERE i.domain_id IS NULL AND i.deleted_at IS NULL AND NOT i.inbox_url = '' AND md5({_INBOX}) > {after}
    ORDER BY md5({_INBOX}) LIMIT 1
"""


_KNOWN_INBOXES = f"""
    WITH RECURSIVE known (hash, inbox, place) AS (
        (SELECT hash, inbox, 1 FROM ({_next_inbox("%(told_to)s")}) first)
        UNION ALL
        SELECT next.hash, next.inbox, known.place + 1
        FROM known CROSS JOIN LATERAL ({_next_inbox("known.hash")}) next WHERE known.place < %(piece)s
    )
    SELECT hash, inbox FROM known ORDER BY place
"""


@IdentityGraph.deleted.batch(size=5)
async def start_deletion(identities: list[Identity]) -> dict[int, Outcome]:
    """Tell the servers that know a local identity about its deletion, in batches, then begin to remove it.

    The key is kept, because it signs the Delete.
    """
    outcomes: dict[int, Outcome] = {}
    for identity in identities:
        if identity.is_local and await _tell_servers(identity):
            outcomes[identity.pk] = later("more servers are to be told", timedelta(), is_attempt=False)
            continue
        has_more = await _remove_a_piece(identity)
        outcomes[identity.pk] = to(IdentityGraph.emptying if has_more else IdentityGraph.gone)
    return outcomes


async def _tell_servers(identity: Identity) -> bool:
    """Send the Delete to the next of all known servers; return whether there may be more."""
    found = await sql.rows(_KNOWN_INBOXES, {"told_to": identity.told_to, "piece": _SERVERS_AT_ONCE})
    if found:
        await sending.send(
            signer=identity.pk, activity=delete_document(identity), inboxes=[inbox for _, inbox in found]
        )
        await Identity.objects.filter(pk=identity.pk).aupdate(told_to=found[-1][0])
    return len(found) == _SERVERS_AT_ONCE


@IdentityGraph.emptying.batch(size=5)
async def continue_deletion(identities: list[Identity]) -> dict[int, Outcome]:
    """Remove a bounded batch of each deleted identity's data and correct the counts of others; run again while there is more.

    Each batch is a transaction, so that an account with 74,000 posts is removed as reliably as an empty one.
    """
    return {
        identity.pk: _MORE if await _remove_a_piece(identity) else to(IdentityGraph.gone)
        for identity in identities
    }


_MORE = later("a piece was removed, and more is left", timedelta(), is_attempt=False)


async def _remove_a_piece(identity: Identity) -> bool:
    has_more = await events.on_identity_deleted.emit(identity)
    await sql.run(_FORGET, [identity.pk])
    await search_names.delete_name(identity.pk)
    return has_more


_FORGET = """
    UPDATE users_identity SET name = '', summary = '', summary_source = '', fields = '[]', emojis = '[]', icon_url = '', icon_file = '',
        icon_description = '', image_url = '', image_file = '', image_description = '', also_known_as = '[]', moved_to_uri = '',
        posts_count = 0, followers_count = 0, following_count = 0, last_post_at = NULL,
        stated_posts = NULL, stated_followers = NULL, stated_following = NULL,
        deleted_at = coalesce(deleted_at, now())
    WHERE id = %s
"""


@emoji_events.on_picture_removed
async def update_emojis_in_profiles(removal: EmojiRemoval) -> bool:
    """Remove or replace the picture of a deleted or changed emoji in local profiles. Served by users_identity_of_domain."""
    return await update_copies("users_identity", removal, where="domain_id IS NOT NULL AND NOT emojis = '[]'")


UNREFERENCED_KEPT = timedelta(days=30)


@every(timedelta(minutes=1), name="users.search_names", timeout=timedelta(minutes=30))
async def index_older_names() -> None:
    """Index the names of identities that are older than the search index.

    Increment the number if the folding of names changes.
    """
    await backfills.continue_backfill("users.search_names.1", search_names.index_older_names)


@every(timedelta(hours=6), name="users.unreferenced_actors")
async def remove_unreferenced_actors() -> int:
    """Delete up to 2,000 remote identities that are not referenced and were last fetched over a month ago.

    The referencing tables are read from the models, so that new ones are included. Each look-up is served by that foreign key's index.
    """
    pointers = " ".join(
        f"AND NOT EXISTS (SELECT 1 FROM {table} r WHERE r.{column} = i.id OFFSET 0)"
        for table, column in _pointers_to_identities()
    )
    return await sql.run(
        f"""DELETE FROM users_identity WHERE id IN (
                SELECT i.id FROM users_identity i
                WHERE i.domain_id IS NULL AND i.restriction = 0 AND i.state = %(steady)s AND i.fetched_at < %(before)s {pointers}
                LIMIT 2000 FOR UPDATE SKIP LOCKED)""",
        {"steady": IdentityGraph.steady.name, "before": clock.now() - UNREFERENCED_KEPT},
    )


def _pointers_to_identities() -> list[tuple[str, str]]:
    """Return (table, column) of every foreign key to an identity, in all apps, except in rows that are deleted with it."""
    relations = Identity._meta.get_fields(include_hidden=True)
    return [
        (relation.field.model._meta.db_table, relation.field.column)
        for relation in relations
        if relation.auto_created
        and not relation.concrete
        and not relation.many_to_many
        and relation.field.model is not SearchName
    ]


@every(timedelta(hours=1), name="users.keys")
async def maintain_keys() -> None:
    """Generate missing keys for proofs, and delete retired keys."""
    await keys.remove_expired_keys()
    await keys.add_missing_assertion_keys()
