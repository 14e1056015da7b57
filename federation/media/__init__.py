"""Copies of other servers' pictures, films and sounds, fetched when somebody first looks and kept within TAKAHE_REMOTE_MEDIA_BUDGET."""
