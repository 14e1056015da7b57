"""Listeners that keep conversations up to date with posts. They run inside the transaction of the event."""

from activities.conversations.services import forget_direct_posts, note_direct_posts
from activities.posts import events

events.on_posts_published(note_direct_posts)
events.on_posts_deleted(forget_direct_posts)
