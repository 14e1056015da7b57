"""What runs in the child process only. Nothing of this package is imported by the server or the worker."""
