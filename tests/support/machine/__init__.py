"""Limits of the machine in tests: file descriptors and disks."""
