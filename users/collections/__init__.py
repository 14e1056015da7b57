"""Collections: accounts that a user recommends, each with its owner's consent (Mastodon 4.6, FEP-7aa9)."""
