"""Code shared by benchmarks."""
