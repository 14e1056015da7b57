"""Accounts that move to another one, with their followers."""
