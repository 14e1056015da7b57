"""The hashtags of a post. Set-based writes for services that create and receive posts."""

from collections.abc import Mapping, Sequence

from activities.reviews.models import ReviewKind
from activities.reviews.queries import decided
from core.db import sql
from core.errors import Invalid


async def set_hashtags(post_id: int, tags: Mapping[str, str], *, written_on: int | None = None) -> None:
    """Set the post's hashtags to exactly these (normal form → as written). `written_on` is a local author's domain, as for `add_hashtags`."""
    await sql.run(
        """DELETE FROM activities_posttag g USING activities_hashtag h
           WHERE g.post_id = %(post)s AND h.id = g.hashtag_id AND h.name <> ALL(%(names)s::text[])""",
        {"post": post_id, "names": list(tags)},
    )
    await add_hashtags(post_id, tags, written_on=written_on)


async def unusable(names: Sequence[str], domain_id: int) -> str | None:
    """Return the first of these hashtags that users of a domain may not write. Served by activities_hashtag_name_key, activities_review_pkey."""
    name: str | None = await sql.value(
        f"""SELECT h.name FROM activities_hashtag h WHERE h.name = ANY(%(names)s::text[])
            AND NOT coalesce({decided(ReviewKind.tag, "h.id", "is_usable")}, true) ORDER BY 1 LIMIT 1""",
        {"names": list(names), "domain": domain_id},
    )
    return name


async def make_hashtags(tags: Mapping[str, str]) -> None:
    """Create the missing hashtags among these (normal form → as written)."""
    names = sorted(tags)  # a fixed order, to avoid deadlocks
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT w.name, w.display, now() FROM unnest(%(names)s::text[], %(displays)s::text[]) AS w (name, display)
           ON CONFLICT (name) DO NOTHING""",
        {"names": names, "displays": [tags[name] for name in names]},
    )


async def add_hashtags(post_id: int, tags: Mapping[str, str], *, written_on: int | None = None) -> None:
    """Add hashtags to the post. Raises Invalid for one that users of the domain `written_on` may not write."""
    names = sorted(tags)
    if not names:
        return
    if written_on is not None and (refused := await unusable(names, written_on)):
        raise Invalid("text", "hashtag_not_usable", name=tags[refused])
    await make_hashtags(tags)
    # the lock prevents the periodic job from removing a hashtag that is about to be used
    await sql.run(
        """INSERT INTO activities_posttag (post_id, hashtag_id)
           SELECT %(post)s, h.id FROM (SELECT id FROM activities_hashtag WHERE name = ANY(%(names)s::text[]) FOR KEY SHARE) h
           ON CONFLICT DO NOTHING""",
        {"post": post_id, "names": names},
    )
