"""A domain's own style sheet: reading it (reading.py), and its writes and reads (services.py)."""
