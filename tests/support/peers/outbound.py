"""Permission for this process to connect to peers on loopback."""

import contextlib
from collections.abc import AsyncIterator, Mapping


@contextlib.asynccontextmanager
async def outbound(*, resolve: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    """Let this process's HTTP client connect to loopback over plain HTTP. `resolve` maps host names to addresses."""
    from core.config import Config, config
    from core.http import close_client

    wanted = Config({
        "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TAKAHE_ALLOW_HTTP": "true",
        "TAKAHE_RESOLVE": ",".join(f"{name}={address}" for name, address in (resolve or {}).items()),
    })  # fmt: skip
    settings, names = config(), ("allowed_networks", "allow_http", "resolve")
    before = {name: getattr(settings, name) for name in names}
    vars(settings).update({name: getattr(wanted, name) for name in names})
    await close_client()
    try:
        yield
    finally:
        vars(settings).update(before)
        await close_client()
