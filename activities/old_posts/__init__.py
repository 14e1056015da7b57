"""Automatic deletion of somebody's old posts, with exceptions that they choose."""
