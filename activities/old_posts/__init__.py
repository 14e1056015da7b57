"""Automatic deletion of a user's old posts, with exceptions that they choose."""
