"""Pages of conversations, and their live updates."""
