"""Listeners that move a walk to the merged conversation."""

from activities.posts import events
from core.db import sql


@events.on_conversations_joined
async def merge_walks(conversation_id: int, joined: list[int]) -> None:
    """Keep one walk of the merged conversations, preferably a running one. Served by activities_threadwalk_conversation_id_key."""
    await sql.run(
        """UPDATE activities_threadwalk SET conversation_id = %(conversation)s WHERE id = (
               SELECT w.id FROM activities_threadwalk w WHERE w.conversation_id = ANY(%(joined)s::bigint[])
               ORDER BY w.state = 'walking' DESC, w.id LIMIT 1)
           AND NOT EXISTS (SELECT FROM activities_threadwalk w WHERE w.conversation_id = %(conversation)s)""",
        {"conversation": conversation_id, "joined": joined},
    )
