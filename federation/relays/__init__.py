"""Relays (FEP-ae0c): subscriptions, their answers, and the rate cap. Their posts are handled in activities/relays."""
