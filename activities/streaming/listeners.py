"""Listeners that notify connected clients of posts. They run inside the transaction of the event."""

from activities.posts import events
from activities.streaming.services import (
    posts_appeared,
    posts_changed,
    posts_left,
    posts_reached_homes,
    reactions_changed,
)

events.on_posts_published(posts_appeared)
events.on_posts_brought(posts_appeared)
events.on_added_to_homes(posts_reached_homes)
events.on_posts_edited(posts_changed)
events.on_posts_deleted(posts_left)
events.on_reacted(reactions_changed)
events.on_unreacted(reactions_changed)
