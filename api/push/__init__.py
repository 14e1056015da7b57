"""Web push: subscriptions, and what the worker sends."""
