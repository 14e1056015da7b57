"""Resetting of the state that a server keeps between requests."""

from core import http
from core.server_state import begin_state, current_state
from federation.fetching import pacing, slots
from federation.inbox import refusals


def forget_everything() -> None:
    """Reset process state as if the process had just started, except for pooled connections to other servers, which have their own lifetime."""
    before = current_state().parts
    notes = before.get(refusals._notes)
    if notes is not None and notes.writing is not None:
        notes.writing.cancel()  # otherwise it would write during the next test
    parts = begin_state().parts
    for clients in (http._clients, http._operators_clients):
        if clients in before:
            parts[clients] = before[clients]
    # all tests run in one task, so these context variables outlive a test that called a handler directly
    slots.is_bounded.set(False)
    pacing.is_paced.set(False)
