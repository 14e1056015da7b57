"""Posts that are not sent yet, or sent together."""
