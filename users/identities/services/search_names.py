"""The search index of names, kept up to date."""

from core.db import sql
from core.texts import fold_name, index_grams
from users.identities.models import Identity


async def index_name(identity: Identity) -> None:
    """Index the names of this identity. Call it in the transaction that writes its username or name."""
    await _store([(identity.pk, identity.username, identity.name)])


async def delete_name(identity_id: int) -> None:
    await sql.run("DELETE FROM users_searchname WHERE identity_id = %s", [identity_id])


async def index_older_names(before: int, limit: int) -> int | None:
    """Index the names of up to `limit` unindexed identities older than this id; return the last id seen, or None at the end.

    Served by the primary keys. The rows are locked, so that a concurrent change of a name isn't overwritten by the old one.
    """
    rows = await sql.rows(
        """SELECT id, username, name, deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM users_searchname s WHERE s.identity_id = i.id)
           FROM users_identity i WHERE id < %s ORDER BY id DESC LIMIT %s FOR NO KEY UPDATE""",
        [before, limit],
    )
    await _store([(id, username, name) for id, username, name, is_missing in rows if is_missing])
    return rows[-1][0] if len(rows) == limit else None


async def _store(people: list[tuple[int, str, str]]) -> None:
    if not people:
        return
    texts = [fold_name(f"{username} {name}") for _, username, name in people]
    # arrays of arrays must be rectangular: the grams are passed as one text per identity, separated by spaces, which no gram contains
    await sql.run(
        """INSERT INTO users_searchname (identity_id, text, grams)
           SELECT id, text, string_to_array(grams, ' ')
           FROM unnest(%(ids)s::bigint[], %(texts)s::text[], %(grams)s::text[]) AS t (id, text, grams)
           ON CONFLICT (identity_id) DO UPDATE SET text = excluded.text, grams = excluded.grams""",
        {
            "ids": [id for id, _, _ in people],
            "texts": texts,
            "grams": [" ".join(index_grams(text)) for text in texts],
        },
    )
