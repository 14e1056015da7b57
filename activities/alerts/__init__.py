"""Mails about single notifications."""
