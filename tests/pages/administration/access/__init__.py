"""The pages of access rules."""
