"""Wake-up of the worker for new messages, with one NOTIFY for many.

A commit with a NOTIFY holds a database-wide lock while it is written to disk, so that messages would be committed one after another
(measured: 430/s with it, several times that without). Messages are therefore stored as due in a moment, which no trigger announces, and
this process sends one NOTIFY for all of that moment. If it dies before, the worker's own poll finds them.
"""

import asyncio

from core.db import CONNECTION_ERRORS, own_connection, sql
from core.logs import get_logger
from core.server_state import PerServer
from federation.models import InboxMessage
from stator.triggers import CHANNEL

log = get_logger(__name__)

DUE_IN_S = 0.02
_PAUSE_S = 0.01
_waking: PerServer[dict[str, asyncio.Task[None]]] = PerServer(dict)


def wake_soon() -> None:
    """Tell the worker within moments that there are new messages. Call it after their commit."""
    task = _waking().get("task")
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        _waking()["task"] = asyncio.create_task(_wake(), name="federation:wake")


async def _wake() -> None:
    await asyncio.sleep(_PAUSE_S)
    _waking().clear()  # later messages need another one
    try:
        async with own_connection():
            await sql.run("SELECT pg_notify(%s, %s)", [CHANNEL, InboxMessage._meta.db_table])
    except CONNECTION_ERRORS as error:
        log.warning("inbox.wake_failed", error=error)
