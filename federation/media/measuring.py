"""The size of our own people's uploads: measured, because their rows don't know it."""

from core.db import release_connection, sql
from core.errors import Unavailable
from core.media import children
from core.media.locations import media_root
from core.media.wire import Measure, Measured
from federation.media import files
from federation.media.queries import OWN


async def measure_own() -> int:
    """Measure the folder in a child process, without the copies, and note the result for the operators' page."""
    await release_connection()
    answer = await children.run_long(Measure(root=str(media_root())))
    if not isinstance(answer, Measured):
        raise Unavailable(code="server_busy", detail=f"the child answered {type(answer).__name__}")
    own = max(0, answer.bytes - await files.total_bytes())
    await sql.run(
        """INSERT INTO federation_remotemediause (host, kind, files, bytes) VALUES ('', %s, 0, %s)
           ON CONFLICT (host, kind) DO UPDATE SET bytes = excluded.bytes""",
        [OWN, own],
    )
    return own
