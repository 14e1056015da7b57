"""Writes of moves: aliases, moving away, carrying followers over."""
