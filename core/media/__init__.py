"""Uploaded files: recognised, converted to safe files in a child process, stored and served.

Nothing here decodes a file in the importing process: Pillow and ffmpeg run in the child (core/media/child). The package itself imports
nothing, so that the child starts quickly.
"""
