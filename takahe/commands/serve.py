"""`takahe serve`: everything a server needs, from one command."""

import argparse
import asyncio
import os

from core import embedded
from core.config import ConfigError, config
from core.setup_token import is_loopback
from takahe.commands.web import check_certificate, listen
from takahe.only_server import OnlyServer
from takahe.supervisor import Supervisor


def serve(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; then everything ends within 10 s."""
    if options.dev:
        _check_is_development()
    check_certificate(options)
    listen(config().bind, config().port).close()  # reports a port in use before anything starts
    only = None
    if not os.environ.get("DATABASE_URL"):
        embedded.make_folder(config().data_dir)
        only = OnlyServer(config().data_dir, f"{config().bind} port {config().port}")
    supervisor = Supervisor(tls_cert=options.tls_cert, tls_key=options.tls_key, only=only, is_dev=options.dev)
    return asyncio.run(supervisor.run())


def _check_is_development() -> None:
    """Turn the development mode on. Raises ConfigError on an address reachable from elsewhere, because the sample admin's password is public."""
    os.environ.setdefault("TAKAHE_DEBUG", "true")
    if not is_loopback(config().bind):
        raise ConfigError(
            f"--dev makes an admin with a password that everybody knows, and TAKAHE_BIND is {config().bind}. Listen on 127.0.0.1 with it."
        )
