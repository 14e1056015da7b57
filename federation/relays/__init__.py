"""Relays (FEP-ae0c): subscriptions, their answers, and the cap on what they send. What is done with their posts is in activities/relays."""
