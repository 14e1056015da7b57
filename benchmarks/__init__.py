"""Benchmarks, each compared with a baseline close to the optimum. `make bench` runs all of them; each prints one line per result."""
