"""Diagnostics: metrics, profiles, callbacks that block the event loop."""
