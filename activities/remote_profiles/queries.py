"""Progress of the look at a remote profile."""

import datetime as dt

import msgspec

from activities.remote_profiles.models import LookGraph, ProfileLook


class LookView(msgspec.Struct, frozen=True):
    """`problems`: what the person's server does not show, and why; `error` is why the last try ended."""

    state: str
    read_at: dt.datetime | None
    problems: dict[str, str]
    error: str

    @property
    def is_first(self) -> bool:
        """True while the posts of somebody who was never looked at are on their way."""
        return self.read_at is None and self.state in {LookGraph.counting.name, LookGraph.reading.name}


async def look_of(identity_id: int) -> LookView | None:
    """Return the look at a remote identity, None when nobody looked lately. Served by the primary key."""
    row = await ProfileLook.objects.filter(pk=identity_id).afirst()
    return None if row is None else LookView(row.state, row.read_at, row.problems, row.state_error or "")
