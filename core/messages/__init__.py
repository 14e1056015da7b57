"""Tables of messages, combined by core/error_messages.py."""
