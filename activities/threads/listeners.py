"""Listeners that keep a walk with its conversation when two conversations are merged."""

from activities.posts import events
from core.db import sql


@events.on_conversations_joined
async def keep_walk(conversation_id: int, joined: list[int]) -> None:
    """Rename the walk of one of the joined conversations, a running one if there is one. Served by activities_threadwalk_conversation_id_key."""
    await sql.run(
        """UPDATE activities_threadwalk SET conversation_id = %(conversation)s WHERE id = (
               SELECT w.id FROM activities_threadwalk w WHERE w.conversation_id = ANY(%(joined)s::bigint[])
               ORDER BY w.state = 'walking' DESC, w.id LIMIT 1)
           AND NOT EXISTS (SELECT FROM activities_threadwalk w WHERE w.conversation_id = %(conversation)s)""",
        {"conversation": conversation_id, "joined": joined},
    )
