"""Seeing what a process does: metrics, profiles, callbacks that hold the loop."""
