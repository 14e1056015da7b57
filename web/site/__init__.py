"""Pages about the server itself, its theme, robots.txt."""
