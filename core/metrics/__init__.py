"""Metrics as values and as text."""
