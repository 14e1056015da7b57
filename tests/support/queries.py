"""The statements that a request sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django_async_backend.db.backends.utils import AsyncCursorWrapper

from federation.peers import forget_policies, known_policies
from users.domains.queries import clear_domain_cache, local_domains


@asynccontextmanager
async def counted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Yield the list of statements that run inside the block.

    Fill the caches of domains and policies first, so that their five seconds don't end inside the block.
    """
    seen: list[str] = []
    execute = AsyncCursorWrapper.execute
    clear_domain_cache()
    await local_domains()
    forget_policies()
    await known_policies()

    async def counting(self: Any, sql: str, params: Any = None) -> Any:
        seen.append(sql)
        return await execute(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(AsyncCursorWrapper, "execute", counting)
        yield seen
