"""Posts that are not sent yet: drafts and scheduled posts."""
