"""All models of this app, for Django only. Other code imports them from their packages."""

from activities.alerts import models as alerts
from activities.announcements import models as announcements
from activities.approvals import models as approvals
from activities.columns import models as columns
from activities.conversations import models as conversations
from activities.digests import models as digests
from activities.filters import models as filters
from activities.lists import models as lists
from activities.measures import models as measures
from activities.media import models as media
from activities.notifications import models as notifications
from activities.old_posts import models as old_posts
from activities.polls import models as polls
from activities.posts import models as posts
from activities.previews import models as previews
from activities.publishing import models as publishing
from activities.quotes import models as quotes
from activities.reactions import models as reactions
from activities.remote_profiles import models as remote_profiles
from activities.retention import models as retention
from activities.reviews import models as reviews
from activities.saved_drafts import models as saved_drafts
from activities.scheduled_posts import models as scheduled_posts
from activities.shelter import models as shelter
from activities.tags import models as tags
from activities.threads import models as threads
from activities.timelines import models as timelines
from activities.totals import models as totals
from activities.trends import models as trends

__all__ = [
    "alerts",
    "announcements",
    "approvals",
    "columns",
    "conversations",
    "digests",
    "filters",
    "lists",
    "measures",
    "media",
    "notifications",
    "old_posts",
    "polls",
    "posts",
    "previews",
    "publishing",
    "quotes",
    "reactions",
    "remote_profiles",
    "retention",
    "reviews",
    "saved_drafts",
    "scheduled_posts",
    "shelter",
    "tags",
    "threads",
    "timelines",
    "totals",
    "trends",
]
