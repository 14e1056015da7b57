"""What a process needs that stays up for weeks: child processes for CPU-bound work, and garbage collection without pauses."""
