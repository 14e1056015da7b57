"""The read position of home timelines. Apps move the same marker."""

import datetime as dt

from activities.markers import services as markers
from core import clock
from core.ids import lowest_id_at
from users.identities.models import Identity


async def mark_home_read(*, identity: Identity, post_id: int) -> None:
    """Record that this post and all older ones were read. Future ids count as now."""
    until = min(post_id, lowest_id_at(clock.now() + dt.timedelta(minutes=1)))
    await markers.advance(identity=identity, timeline="home", last_read_id=until)
