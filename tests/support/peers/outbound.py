"""Permission for this process to connect to peers on loopback."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping


@contextlib.asynccontextmanager
async def outbound(*, resolve: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    """Let this process's HTTP client connect to loopback over plain HTTP. `resolve` maps host names to addresses."""
    from core.config import config
    from core.http import close_client

    names = {
        "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TAKAHE_ALLOW_HTTP": "true",
        "TAKAHE_RESOLVE": ",".join(f"{name}={address}" for name, address in (resolve or {}).items()),
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    config.cache_clear()
    await close_client()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        config.cache_clear()
        await close_client()
