"""Benchmarks of what the database holds."""
