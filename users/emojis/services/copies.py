"""Copies of emoji in the `emojis` columns of local posts, their earlier versions and profiles: updated when a picture is deleted or replaced."""

from core.db import sql
from core.db.sql import Sql
from users.emojis.models import Emoji, EmojiRemoval

_AT_ONCE = 500


async def update_copies(table: str, removal: EmojiRemoval, *, where: str) -> bool:
    """Remove or replace the picture in the next rows of a table that use it. Return whether there may be more.

    `where` is the condition of a partial index on rows with emoji (local rows where there are many); a statement reads at most that whole
    index.
    """
    emoji = None if removal.emoji_id is None else await Emoji.objects.filter(pk=removal.emoji_id).afirst()
    # file names are random, so that a match is certain whatever the host of the media
    is_old = "position(%(old)s IN one ->> 'url') > 0"
    if emoji is None:
        mended = Sql.of(f"coalesce(jsonb_agg(one ORDER BY place) FILTER (WHERE NOT {is_old}), '[]')")
    else:
        mended = Sql.of(
            f"""jsonb_agg(CASE WHEN {is_old} THEN one || jsonb_build_object(
                'url', replace(one ->> 'url', %(old)s, %(new)s), 'static_url', replace(one ->> 'url', %(old)s, %(still)s),
                'updated', %(updated)s::text) ELSE one END ORDER BY place)""",
            new=emoji.file,
            still=emoji.static_file or emoji.file,
            updated=emoji.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ") if emoji.updated_at else "",
        )
    changed = await sql.run(
        Sql.of(
            f"""UPDATE {table} t SET emojis = (SELECT {mended} FROM jsonb_array_elements(t.emojis) WITH ORDINALITY x (one, place))
                WHERE t.id IN (SELECT id FROM {table} WHERE {where} AND position(%(old)s IN emojis::text) > 0 LIMIT %(most)s)""",
            mended,
            old=removal.file,
            most=_AT_ONCE,
        )
    )
    return changed == _AT_ONCE
