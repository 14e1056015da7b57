"""Pages of conversations, and what comes to them while they are open."""
