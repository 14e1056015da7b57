"""Receiving of messages: checks before a message is stored, and the record of refusals."""
