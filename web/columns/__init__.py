"""Timelines shown side by side."""
