"""Tables of sentences that core/error_messages.py puts together."""
