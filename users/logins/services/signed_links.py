"""Signed links: a payload and its time, protected by a signature."""

from datetime import timedelta
from typing import Any

from django.core import signing

from core import clock
from core.errors import BadInput


def read_link(token: str, salt: str, lifetime: timedelta) -> dict[str, Any]:
    """Return the payload of a link. Raises BadInput if it is forged or expired."""
    try:
        payload = signing.loads(token, salt=salt)
        age_s = clock.now().timestamp() - int(payload["t"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        # Django's message quotes the signature, which is valid if a mail program appended a dot to the link; details are logged
        raise BadInput(code="bad_link", detail=type(error).__name__) from error
    if age_s > lifetime.total_seconds():
        raise BadInput(code="bad_link", detail="too old")
    return dict(payload)
