"""Sentences about a worker that does not work: for the health check, the command line and the page of the queues."""

from django.utils.translation import gettext


def worker_message(code: str, age_s: float) -> str:
    """Return why no worker lives, by the code that stator has for it; empty for none."""
    match code:
        case "never_ran":
            words = gettext("no worker has ever run; start one with: takahe worker")
        case "stopped":
            words = gettext("the worker was stopped {age} s ago; start it with: takahe worker")
        case "silent":
            words = gettext("the worker was last seen {age} s ago; look at its log and start it again")
        case _:
            return ""
    return words.format(age=f"{age_s:.0f}")
