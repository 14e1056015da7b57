"""`takahe serve`: everything a server needs, from one command."""

import argparse
import asyncio
import os

from core import embedded
from core.config import config
from takahe.commands.web import check_certificate, listen
from takahe.only_server import OnlyServer
from takahe.supervisor import Supervisor


def serve(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; then everything ends within 10 s."""
    check_certificate(options)
    listen(config().bind, config().port).close()  # a port that is taken is said before anything starts
    only = None
    if not os.environ.get("DATABASE_URL"):
        embedded.make_folder(config().data_dir)
        only = OnlyServer(config().data_dir, f"{config().bind} port {config().port}")
    return asyncio.run(Supervisor(tls_cert=options.tls_cert, tls_key=options.tls_key, only=only).run())
