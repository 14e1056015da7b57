"""Relations between identities as SQL conditions, each said here and nowhere else.

`source` and `target` are SQL expressions for the ids of two identities: a column (`p.author_id`) or a placeholder (`%(viewer_id)s`).
`fenced` makes each a look into one index (core.db.sql.exists). Aliases that begin with `x_` are taken.
"""

from core.db.sql import exists, table
from users.relations.models import Block

BLOCKS = table(Block)


def blocks(source: str, target: str, *, fenced: bool = False) -> str:
    """`source` blocks `target`. Served by users_block_pair."""
    return exists(
        f"{BLOCKS} x_block WHERE x_block.source_id = {source} AND x_block.target_id = {target}", fenced=fenced
    )


def either_blocks(one: str, other: str) -> str:
    """Either of the two blocks the other. Two looks into users_block_pair in one condition."""
    return exists(
        f"""{BLOCKS} x_block WHERE (x_block.source_id = {one} AND x_block.target_id = {other})
            OR (x_block.source_id = {other} AND x_block.target_id = {one})"""
    )
