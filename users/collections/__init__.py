"""Collections: people whom somebody recommends, each with their consent (Mastodon 4.6, FEP-7aa9)."""
