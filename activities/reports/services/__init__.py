"""Reporting posts and accounts, and acts of moderators on posts."""

from activities.reports.services.acting import (
    delete_post,
    delete_reported,
    forward_report,
    mark_post,
    mark_reported,
)
from activities.reports.services.reporting import MAX_COMMENT_LENGTH, MAX_POSTS, report

__all__ = [
    "MAX_COMMENT_LENGTH",
    "MAX_POSTS",
    "delete_post",
    "delete_reported",
    "forward_report",
    "mark_post",
    "mark_reported",
    "report",
]
