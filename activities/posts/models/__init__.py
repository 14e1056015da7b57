"""Models of posts, and those that have no package of their own."""

from activities.posts.models.bookmark import Bookmark, BookmarkFolder
from activities.posts.models.broadcast import Broadcast, BroadcastGraph, Reach
from activities.posts.models.expiry import PostExpiry, PostExpiryGraph
from activities.posts.models.groups import GroupModeration, GroupVote
from activities.posts.models.like import Like
from activities.posts.models.mention import Mention
from activities.posts.models.pin import Pin
from activities.posts.models.post import (
    HIDDEN_STATES,
    Interaction,
    InteractionPolicy,
    Post,
    PostGraph,
    PostType,
    QuoteState,
    Visibility,
)
from activities.posts.models.progress import Progress
from activities.posts.models.revision import Revision
from activities.posts.models.spread import Spread, SpreadGraph
from activities.posts.models.withdrawal import PostWithdrawal, PostWithdrawalGraph
from activities.posts.models.writer import PostWriter

__all__ = [
    "HIDDEN_STATES",
    "Bookmark",
    "BookmarkFolder",
    "Broadcast",
    "BroadcastGraph",
    "GroupModeration",
    "GroupVote",
    "Interaction",
    "InteractionPolicy",
    "Like",
    "Mention",
    "Pin",
    "Post",
    "PostExpiry",
    "PostExpiryGraph",
    "PostGraph",
    "PostType",
    "PostWithdrawal",
    "PostWithdrawalGraph",
    "PostWriter",
    "Progress",
    "QuoteState",
    "Reach",
    "Revision",
    "Spread",
    "SpreadGraph",
    "Visibility",
]
