"""The hashtags of a post. Set-based writes for services that create and receive posts."""

from collections.abc import Mapping

from core.db import sql


async def set_hashtags(post_id: int, tags: Mapping[str, str]) -> None:
    """Set the post's hashtags to exactly these (normal form → as written)."""
    await sql.run(
        """DELETE FROM activities_posttag g USING activities_hashtag h
           WHERE g.post_id = %(post)s AND h.id = g.hashtag_id AND h.name <> ALL(%(names)s::text[])""",
        {"post": post_id, "names": list(tags)},
    )
    await add_hashtags(post_id, tags)


async def make_hashtags(tags: Mapping[str, str]) -> None:
    """Make those of these hashtags (normal form → as written) that are not there."""
    names = sorted(tags)  # one order for everyone: no deadlocks
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT w.name, w.display, now() FROM unnest(%(names)s::text[], %(displays)s::text[]) AS w (name, display)
           ON CONFLICT (name) DO NOTHING""",
        {"names": names, "displays": [tags[name] for name in names]},
    )


async def add_hashtags(post_id: int, tags: Mapping[str, str]) -> None:
    """Add hashtags to the post."""
    names = sorted(tags)
    if not names:
        return
    await make_hashtags(tags)
    # the lock keeps the periodic job from removing a hashtag that is about to be used
    await sql.run(
        """INSERT INTO activities_posttag (post_id, hashtag_id)
           SELECT %(post)s, h.id FROM (SELECT id FROM activities_hashtag WHERE name = ANY(%(names)s::text[]) FOR KEY SHARE) h
           ON CONFLICT DO NOTHING""",
        {"post": post_id, "names": names},
    )
