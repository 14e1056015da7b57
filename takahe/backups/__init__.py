"""Backups of a whole server as files: all rows, the media of its people, the secret key. `takahe backup` writes them, `takahe restore` reads them.

docs/run/backup.md is for operators, docs/decisions/0026-backup-format.md says why it is no pg_dump.
"""
