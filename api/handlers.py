"""Periodic jobs of the API."""

import datetime as dt

from api.oauth.tokens import clean_up
from core.logs import get_logger
from stator import every

log = get_logger(__name__)


@every(dt.timedelta(hours=1), name="api.clean_up")
async def delete_expired() -> None:
    """Revoke tokens out of use, and delete revoked ones, used codes and unused apps."""
    log.info("api.cleaned_up", rows=await clean_up())
