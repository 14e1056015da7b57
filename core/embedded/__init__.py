"""The embedded Postgres, a child process of the command line or of the tests; never used inside the web or worker process."""

from core.embedded.programs import EmbeddedError, binaries
from core.embedded.server import DATABASE, Embedded, exists, make_folder, running, start, used

__all__ = [
    "DATABASE",
    "Embedded",
    "EmbeddedError",
    "binaries",
    "exists",
    "make_folder",
    "running",
    "start",
    "used",
]
