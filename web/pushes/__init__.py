"""Notifications that reach a browser while no page is open, by the API's push subscriptions."""
