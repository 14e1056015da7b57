"""Child processes for CPU-bound work, and garbage collection without long pauses."""
