"""Timelines that somebody reads side by side."""
