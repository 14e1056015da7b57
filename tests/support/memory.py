"""Forgets between tests what a server remembers between requests."""

from core import http
from core.server_state import begin_state, current_state
from federation.fetching import pacing, slots
from federation.inbox import refusals


def forget_everything() -> None:
    """As after a fresh start of the process; only open connections to other servers stay, which have an end of their own."""
    before = current_state().parts
    notes = before.get(refusals._notes)
    if notes is not None and notes.writing is not None:
        notes.writing.cancel()  # it would write into the next test
    parts = begin_state().parts
    for clients in (http._clients, http._operators_clients):
        if clients in before:
            parts[clients] = before[clients]
    # a test that ran a handler in its own task left these set, and one task runs all tests
    slots.is_bounded.set(False)
    pacing.is_paced.set(False)
