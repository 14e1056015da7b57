"""Listeners that notify connected clients of posts and of read notifications. They run inside the transaction of the event."""

from activities.markers.events import on_notifications_read
from activities.polls.events import on_voted
from activities.posts import events
from activities.streaming.services import (
    publish_added_to_homes,
    publish_deletions,
    publish_edits,
    publish_joined_conversations,
    publish_new_posts,
    publish_notifications_read,
    publish_results,
    publish_vote,
    reactions_changed,
)

events.on_posts_published(publish_new_posts)
events.on_posts_brought(publish_new_posts)
events.on_added_to_homes(publish_added_to_homes)
events.on_posts_edited(publish_edits)
events.on_posts_hidden(publish_deletions)
events.on_posts_deleted(publish_deletions)
events.on_conversations_joined(publish_joined_conversations)
events.on_reacted(reactions_changed)
events.on_unreacted(reactions_changed)
events.on_results_changed(publish_results)
events.on_polls_closed(publish_results)
on_notifications_read(publish_notifications_read)
on_voted(publish_vote)
