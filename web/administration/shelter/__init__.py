"""The pages of the rules on incoming posts, and of the posts that they hold."""
