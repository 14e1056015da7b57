"""The database of a benchmark: durable as in production, with our tables, and deleted afterwards."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from core import embedded

_OUR_TABLES = ("-m", "takahe", "migrate", "--quiet")


@contextmanager
def migrated_database(
    *,
    addresses: Mapping[str, str] | None = None,
    settings: str = "takahe.settings",
    migrate: Sequence[str] = _OUR_TABLES,
    **environment: str,
) -> Iterator[Path]:
    """Start an embedded database, make its tables by `python` with the arguments `migrate`, and name it in the environment.

    Yields its folder. `addresses`: of host names that the benchmark's own peers have, over plain HTTP on loopback.
    """
    if addresses is not None:
        environment |= {
            "TAKAHE_ALLOW_HTTP": "true",
            "TAKAHE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "TAKAHE_RESOLVE": ",".join(f"{host}={address}" for host, address in addresses.items()),
        }
    with tempfile.TemporaryDirectory(prefix="takahe-bench-", ignore_cleanup_errors=True) as folder:
        server = embedded.start(Path(folder))
        try:
            os.environ |= {
                "DATABASE_URL": server.url,
                "TAKAHE_DATA_DIR": folder,
                "SECRET_KEY": "only-for-benches-" + "x" * 40,
                "DJANGO_SETTINGS_MODULE": settings,
                **environment,
            }
            subprocess.run([sys.executable, *migrate], check=True)
            yield Path(folder)
        finally:
            server.stop()
