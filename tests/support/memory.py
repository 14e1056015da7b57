"""What a server remembers between requests, forgotten between tests."""

from core import http
from core.server_state import begin_state, current_state


def forget_everything() -> None:
    """As after a fresh start of the process; only open connections to other servers stay, which have an end of their own."""
    clients = current_state().parts.get(http._clients)
    parts = begin_state().parts
    if clients is not None:
        parts[http._clients] = clients
