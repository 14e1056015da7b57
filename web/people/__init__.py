"""Profiles, feeds, follows, blocks, mutes and reports."""
