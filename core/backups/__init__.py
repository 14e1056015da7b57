"""Backups that the server makes of itself: when they are due, and how they went. takahe/backups makes them."""
