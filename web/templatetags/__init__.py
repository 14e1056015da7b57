"""Template tags and filters that every template has (takahe/settings.py)."""
