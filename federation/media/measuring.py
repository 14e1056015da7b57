"""The size of local uploads, measured because their rows don't contain it."""

from core.db import release_connection, sql
from core.errors import Unavailable
from core.media import children
from core.media.locations import media_root
from core.media.messages import MeasureStorage, StorageSize
from federation.media import files
from federation.media.queries import UPLOADS


async def measure_uploads() -> int:
    """Measure the upload folder in a child process, without the copies, and store the result for the administration page."""
    await release_connection()
    answer = await children.run_long(MeasureStorage(root=str(media_root())))
    if not isinstance(answer, StorageSize):
        raise Unavailable(code="server_busy", detail=f"the child answered {type(answer).__name__}")
    own = max(0, answer.bytes - await files.total_bytes())
    await sql.run(
        """INSERT INTO federation_remotemediause (host, kind, files, bytes) VALUES ('', %s, 0, %s)
           ON CONFLICT (host, kind) DO UPDATE SET bytes = excluded.bytes""",
        [UPLOADS, own],
    )
    return own
