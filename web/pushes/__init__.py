"""Notifications in a browser without an open page, using the API's push subscriptions."""
