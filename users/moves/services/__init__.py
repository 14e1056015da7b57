"""Writes of moves: aliases, moving away, moving followers."""
