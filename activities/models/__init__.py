"""Posts and what people do with them."""

from activities.announcements.models import Announcement, AnnouncementReaction, AnnouncementRead
from activities.conversations.models import Conversation, ThreadMute
from activities.filters.models import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus
from activities.lists.models import ListMember, PeopleList, RepliesPolicy
from activities.media.models import (
    Attachment,
    AttachmentKind,
    DiscardedFile,
    MediaCheck,
    MediaCheckGraph,
    Upload,
    UploadGraph,
)
from activities.models.idempotency_key import IdempotencyKey
from activities.notifications.models import (
    Notification,
    NotificationKind,
    NotificationPermission,
    NotificationPolicy,
    PolicyChoice,
)
from activities.polls.models import Poll, PollGraph, PollVote
from activities.posts.models.bookmark import Bookmark
from activities.posts.models.like import Like
from activities.posts.models.mention import Mention
from activities.posts.models.pin import Pin
from activities.posts.models.post import Post, PostGraph, PostType, QuotePolicy, QuoteState, Visibility
from activities.posts.models.progress import Progress
from activities.posts.models.revision import Revision
from activities.previews.models import CardGraph, PreviewCard
from activities.quotes.models import QuoteCheck, QuoteCheckGraph
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from activities.tags.models import FeaturedTag, FollowedTag, Hashtag, PostTag
from activities.timelines.models import HomeEntry
from activities.trends.models import DailyUse, DomainWeek, Trend, TrendKind

__all__ = [
    "Announcement",
    "AnnouncementReaction",
    "AnnouncementRead",
    "Attachment",
    "AttachmentKind",
    "Bookmark",
    "CardGraph",
    "Conversation",
    "DailyUse",
    "DiscardedFile",
    "DomainWeek",
    "FeaturedTag",
    "Filter",
    "FilterAction",
    "FilterContext",
    "FilterKeyword",
    "FilterStatus",
    "FollowedTag",
    "Hashtag",
    "HomeEntry",
    "IdempotencyKey",
    "Like",
    "ListMember",
    "MediaCheck",
    "MediaCheckGraph",
    "Mention",
    "Notification",
    "NotificationKind",
    "NotificationPermission",
    "NotificationPolicy",
    "PeopleList",
    "Pin",
    "PolicyChoice",
    "Poll",
    "PollGraph",
    "PollVote",
    "Post",
    "PostGraph",
    "PostTag",
    "PostType",
    "PreviewCard",
    "Progress",
    "QuoteCheck",
    "QuoteCheckGraph",
    "QuotePolicy",
    "QuoteState",
    "RepliesPolicy",
    "Revision",
    "ScheduledPost",
    "ScheduledPostGraph",
    "ThreadMute",
    "Trend",
    "TrendKind",
    "Upload",
    "UploadGraph",
    "Visibility",
]
