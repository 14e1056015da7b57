"""Template tags and filters available in every template (takahe/settings.py)."""
