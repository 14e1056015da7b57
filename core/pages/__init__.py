"""What pages are served with: static files, and templates loaded before the first request."""
