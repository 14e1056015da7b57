"""Benchmarks, each beside a baseline that could hardly be faster. `make bench` runs all; each prints one line per result."""
