"""`takahe web`: the web process, uvicorn around takahe.asgi. One event loop, one thread."""

import argparse
import os
import signal
import socket
import ssl

from core.config import ConfigError, config
from takahe.cli import environment
from takahe.cli.exits import Exit

GRACE_S = 5  # for running requests at shutdown; `takahe serve` guarantees an end within 10 s
KEEP_ALIVE_S = 75  # above what proxies use (60 s), so that they close first
BACKLOG = 2048


def web(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then let running requests end."""
    check_certificate(options)
    environment.require_database()
    environment.raise_file_limit()
    listener = listen(config().bind, config().port)
    environment.set_up_django()
    import uvicorn

    from api.streaming.hub import hub
    from core import logs, middleware
    from core.processes.garbage import freeze_startup_objects
    from core.server_state import begin_state
    from takahe import urls  # noqa: F401 - all endpoints, so that the first request need not load them
    from takahe.asgi import application, kept_files
    from takahe.serving.connection import Connection
    from takahe.serving.connection_limits import limits_of_process
    from takahe.serving.websocket_connection import SocketConnection

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await hub().close_all()  # otherwise uvicorn waits for them until its shutdown timeout
            await super().shutdown(sockets)

    logs.configure(config().log_format, config().log_level)
    limits = limits_of_process(middleware.network_matcher(config().trusted_proxies))
    server = Server(
        uvicorn.Config(
            application,
            loop="uvloop",
            http=Connection.of(kept_files=kept_files, limits=limits),
            ws=SocketConnection.of(limits),
            ws_per_message_deflate=False,  # its buffers need more memory than everything else per client
            ws_max_size=64 * 1024,
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # core/middleware/proxies.py decides whom to trust
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=options.tls_cert,
            ssl_keyfile=options.tls_key,
        )
    )
    # uvicorn re-raises the signal that stopped it: that is the normal end, not a failure
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    begin_state()
    freeze_startup_objects()
    server.run(sockets=[listener])
    return Exit.OK if server.started else Exit.FAILED


def check_certificate(options: argparse.Namespace) -> None:
    """Raise ConfigError if only one file is given, or the two do not match."""
    files = [file for file in (options.tls_cert, options.tls_key) if file]
    if len(files) == 1:
        raise ConfigError("--tls-cert and --tls-key belong together: give both, or neither.")
    for file in files:
        if not os.access(file, os.R_OK):
            raise ConfigError(
                f"{file} can't be read. It has to be there and readable for the user that runs takahe."
            )
    if files:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                options.tls_cert, options.tls_key, password=""
            )
        except (ssl.SSLError, OSError) as error:
            raise ConfigError(
                f"--tls-cert {options.tls_cert} and --tls-key {options.tls_key} are no certificate and its private key "
                f"in PEM, without a password: {getattr(error, 'reason', None) or error}."
            ) from error


def listen(bind: str, port: int) -> socket.socket:
    """Return a listening socket, so that a second server on the port fails at once. The host is an IP address: a name would be resolved
    in a thread.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((bind, port))
        listener.listen(
            BACKLOG
        )  # with SO_REUSEADDR two sockets may be bound to one port until one of them listens
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Can't listen on {bind} port {port}: {error.strerror}. Another program may use it: choose another PORT "
            "(or --port), or an address of this machine as TAKAHE_BIND."
        ) from error
    listener.set_inheritable(False)
    return listener
