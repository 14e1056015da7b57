"""Benchmarks of moderation on a large server."""
