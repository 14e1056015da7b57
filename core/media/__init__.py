"""Uploaded files: recognised, converted to safe files in a child process, stored and served.

Nothing here decodes a file in the process that imports it: Pillow and ffmpeg run in the child (core/media/child). The package
imports nothing by itself, because the child starts with it and should start fast.
"""
