"""What incoming activities do to people: imported once at start, when the app is ready (users/apps.py), to register with the queue."""
