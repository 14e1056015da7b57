"""Noticing copied files whose hash a rule names, and storing which posts were compared."""

from activities.shelter.models import FileMatch, FileMatchGraph
from activities.shelter.queries.rules import compiled_rules
from core.db import sql
from core.logs import get_logger
from federation.media.addresses import RequestedFile
from federation.media.events import on_copied
from stator.transitions import restart_request

log = get_logger(__name__)

_MATCHES = sql.table(FileMatch)


@on_copied
async def note_copied(file: RequestedFile, sha256: str) -> None:
    """Let the worker judge the posts with this file, if rules name its hash. Idempotent."""
    if sha256 not in (await compiled_rules()).hashes:
        return
    await sql.run(
        f"""INSERT INTO {_MATCHES} AS t (key, url, sha256, state, state_due_at) VALUES (%s, %s, %s, %s, now())
            ON CONFLICT (key) {restart_request(FileMatchGraph, "t", "sha256 = excluded.sha256")}""",
        [file.key, file.url, sha256, FileMatchGraph.waiting.name],
    )
    log.info("shelter.file_matched", url=file.url)


async def set_hash(post_id: int, url: str, sha256: str) -> bool:
    """Store the hash of a post's remote file; return False if it was known. Served by activities_attachment_post."""
    return bool(
        await sql.run(
            "UPDATE activities_attachment SET sha256 = %(hash)s WHERE post_id = %(post)s AND url = %(url)s AND sha256 <> %(hash)s",
            {"post": post_id, "url": url, "hash": sha256},
        )
    )
