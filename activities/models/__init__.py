"""Posts and what people do with them."""

from activities.models.attachment import Attachment, AttachmentKind
from activities.models.bookmark import Bookmark
from activities.models.hashtag import Hashtag, PostTag
from activities.models.home_entry import HomeEntry
from activities.models.like import Like
from activities.models.mention import Mention
from activities.models.notification import Notification, NotificationKind
from activities.models.pin import Pin
from activities.models.post import Post, PostGraph, PostType, Visibility
from activities.models.revision import Revision
from activities.models.upload import DiscardedFile, Upload, UploadGraph

__all__ = [
    "Attachment",
    "AttachmentKind",
    "Bookmark",
    "DiscardedFile",
    "Hashtag",
    "HomeEntry",
    "Like",
    "Mention",
    "Notification",
    "NotificationKind",
    "Pin",
    "Post",
    "PostGraph",
    "PostTag",
    "PostType",
    "Revision",
    "Upload",
    "UploadGraph",
    "Visibility",
]
