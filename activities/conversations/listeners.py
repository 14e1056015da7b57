"""Listeners that keep conversations up to date with posts. They run inside the transaction of the event."""

from activities.conversations.services import remove_from_conversations, update_conversations
from activities.posts import events

events.on_posts_published(update_conversations)
events.on_posts_deleted(remove_from_conversations)
