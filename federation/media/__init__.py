"""Copies of remote images, videos and audio, fetched on first view and kept within TAKAHE_REMOTE_MEDIA_BUDGET."""
