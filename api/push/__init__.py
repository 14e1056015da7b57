"""Web push: subscriptions, and sending by the worker."""
