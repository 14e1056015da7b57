"""Files that people upload: recognised, made harmless in a child process, kept, and served.

Nothing here decodes anything in the process that imports it: Pillow and ffmpeg run in the child (core/media/child). The package
imports nothing by itself, because the child starts with it and should start fast.
"""
