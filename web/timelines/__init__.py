"""Timelines, notifications, hashtags, lists and filters."""
