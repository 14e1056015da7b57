"""The models of private belongings that move with a domain: drafts, notifications, collections and the like."""

from takahe.moving.conditions import owned, person, post
from takahe.moving.table import Table

DRAFTS, SCHEDULED = "activities.SavedDraft", "activities.ScheduledPost"
NOTIFICATIONS, MARKERS = "activities.Notification", "api.Marker"
COLLECTIONS, CAPTIONS, DECKS = "users.Collection", "activities.Captions", "activities.Deck"
OLD_POSTS = "activities.OldPosts"

# those about reports, warnings, severances, approvals and others' collections refer to rows that stay behind
_MOVED = """'mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'poll', 'update', 'quote', 'quoted_update',
    'scheduled_failed'"""

BELONGINGS = (
    Table(
        DRAFTS,
        """id author_id fields files saved_at written_by""",
        where=person("author_id"),
        owned=("author_id",),
        left="once",
        loose={"written_by": "users.User"},
    ),
    Table(
        SCHEDULED,
        """id author_id draft scheduled_at reason written_by created_at state state_due_at""",
        where=f"t.state IN ('waiting', 'failed') AND {person('author_id')}",
        owned=("author_id",),
        left="post_id state_changed_at state_attempts state_error state_failed_in",
        loose={"written_by": "users.User"},
    ),
    Table(
        DECKS,
        """identity_id columns next_number""",
        where=person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        OLD_POSTS,
        """identity_id days keeps_pinned keeps_bookmarked keeps_liked keeps_private keeps_polls keeps_media keeps_boosts
        least_likes least_boosts state state_due_at""",
        where=person("identity_id"),
        owned=("identity_id",),
        left="looked_to state_changed_at state_attempts state_error state_failed_in",  # it begins again with the oldest
    ),
    Table(
        CAPTIONS,
        """id name text""",
        where=f"""EXISTS (SELECT FROM activities_attachment f WHERE f.id = t.id
            AND ({post("post_id", "f")} OR (f.post_id IS NULL AND {person("author_id", "f")})))""",
        owned=("id",),
        loose={"id": "activities.Attachment"},
    ),
    Table(
        NOTIFICATIONS,
        """identity_id kind actor_id post_id created_at is_filtered""",
        where=f"t.kind IN ({_MOVED}) AND {person('identity_id')}",
        owned=("identity_id",),
        actors=("actor_id",),
        needed=("post_id",),
        left="id report_id collection_id warning_id severance_id",
    ),
    Table(
        "activities.NotificationPermission",
        """identity_id actor_id""",
        where=person("identity_id"),
        owned=("identity_id",),
        left="id",
    ),
    Table(
        MARKERS,
        """identity_id timeline last_read_id version updated_at""",
        where=f"t.timeline = 'home' AND {person('identity_id')}",
        owned=("identity_id",),
        left="id",
    ),
    Table(
        "activities.ThreadMute",
        """identity_id thread_id created_at""",
        where=person("identity_id"),
        owned=("identity_id",),
        left="id",
        loose={"thread_id": "activities.Post"},
    ),
    Table(
        "activities.FilterStatus",
        """id filter_id post_id""",
        where=owned("activities_filter", "filter_id"),
        owned=("filter_id",),
    ),
    Table(
        "activities.Reaction",
        """id identity_id post_id name host uri said_at is_like created_at""",
        where=f"({person('identity_id')} OR {post('post_id')})",
        owned=("identity_id", "post_id"),
        actors=("identity_id",),
    ),
    Table(
        "users.DismissedSuggestion",
        """identity_id target_id""",
        where=person("identity_id"),
        owned=("identity_id",),
        left="id",
    ),
    Table(
        COLLECTIONS,
        """id owner_id uri name description language tag is_sensitive is_discoverable created_at updated_at""",
        where=person("owner_id"),
        owned=("owner_id",),
        left="url",
    ),
    Table(
        "users.CollectionItem",
        """id collection_id identity_id state approval_uri uri position created_at""",
        where=owned("users_collection", "collection_id", "owner_id"),
        owned=("collection_id",),
        actors=("identity_id",),
    ),
)
