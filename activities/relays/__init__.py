"""Posts that come by relays (FEP-ae0c), and our own that go there. Subscriptions are in federation/relays."""
