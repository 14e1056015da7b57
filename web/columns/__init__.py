"""Timelines side by side."""
