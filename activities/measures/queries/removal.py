"""Numbers of what is left of a domain that is being removed."""

from typing import NamedTuple

from core.db import sql
from users.domains.models import Domain

MOST_COUNTED = 10_000


class Left(NamedTuple):
    """Numbers of people, posts and files, each at most one more than MOST_COUNTED."""

    people: int
    posts: int
    files: int


async def left_of(domain: Domain) -> Left:
    """Count what is left of the newest MOST_COUNTED people of a domain, up to MOST_COUNTED of each.

    Indexes users_identity_of_domain, activities_post_author, activities_attachment_author.
    """
    row = await sql.one(
        """WITH people AS MATERIALIZED (
               SELECT id, state FROM users_identity WHERE domain_id = %(domain)s ORDER BY id DESC LIMIT %(most)s)
           SELECT (SELECT count(*) FROM people WHERE state <> 'gone'),
               (SELECT count(*) FROM (SELECT FROM people i JOIN activities_post p ON p.author_id = i.id AND p.state <> 'gone'
                   LIMIT %(most)s) posts),
               (SELECT count(*) FROM (SELECT FROM people i JOIN activities_attachment a ON a.author_id = i.id LIMIT %(most)s) files)""",
        {"domain": domain.pk, "most": MOST_COUNTED + 1},
    )
    return Left(*(row or (0, 0, 0)))
