"""Profiles, feeds, and what one does with other people: follow, block, mute, report."""
