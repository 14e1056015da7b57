"""Progress of fetching a remote profile."""

import datetime as dt

import msgspec

from activities.remote_profiles.models import LookGraph, ProfileLook


class LookView(msgspec.Struct, frozen=True):
    """The state of a look. `problems`: what the actor's server refuses, and why; `error` is why the last attempt ended."""

    state: str
    read_at: dt.datetime | None
    problems: dict[str, str]
    error: str

    @property
    def is_first(self) -> bool:
        """True while the first fetch of an actor's posts is in progress."""
        return self.read_at is None and self.state in {LookGraph.counting.name, LookGraph.reading.name}


async def look_of(identity_id: int) -> LookView | None:
    """Return the look at a remote identity, None if there was none lately. Served by the primary key."""
    row = await ProfileLook.objects.filter(pk=identity_id).afirst()
    return None if row is None else LookView(row.state, row.read_at, row.problems, row.state_error or "")
