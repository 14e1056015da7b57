"""A periodic job that fetches peers' software."""

import datetime as dt
from typing import Any

from django.db.models import F

from core import clock
from core.http import FetchError
from core.logs import get_logger
from federation.fetching import fetch_software
from federation.models import Peer
from stator import every

log = get_logger(__name__)

_ASK_EVERY = dt.timedelta(days=7)
_AT_ONCE = 20


@every(dt.timedelta(minutes=10), name="federation.ask_software")
async def refresh_software() -> None:
    """Fetch the software of some peers that contacted us lately, at most once a week each."""
    spoke = Peer.objects.filter(last_received_at__gt=clock.now() - dt.timedelta(days=30)).exclude(
        policy="blocked"
    )
    due = spoke.exclude(software_checked_at__gt=clock.now() - _ASK_EVERY).order_by(
        F("software_checked_at").asc(nulls_first=True)
    )
    for host in [host async for host in due.values_list("host", flat=True)[:_AT_ONCE]]:
        changes: dict[str, Any] = {"software_checked_at": clock.now()}
        try:
            software = await fetch_software(host)
        except FetchError as error:
            if error.is_ours:
                return
            log.info("peer.software_unknown", host=host, kind=error.kind, detail=error.detail)
        else:
            changes |= {"software": software.name, "software_version": software.version}
        await Peer.objects.filter(host=host).aupdate(**changes)
