"""Posts received from relays (FEP-ae0c), and local ones sent to them. Subscriptions are in federation/relays."""
