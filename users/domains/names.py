"""Normalisation of domain names. Pure."""

import re

from core.errors import Invalid
from core.hosts.names import MAX_HOST, BadHost, normal_authority

_AROUND_HOST = re.compile(r"\Ahttps?://|/\Z", re.IGNORECASE)


def check_host(name: str) -> str:
    """Return a domain name in its canonical spelling (core/hosts/names.py), `host` or `host:port`. Raises BadInput if it is invalid."""
    bare = _AROUND_HOST.sub("", name.strip())
    try:
        host = normal_authority(bare)
    except BadHost as error:
        raise Invalid("domain", "not_a_host", detail=str(error), given=name[:100]) from error
    if host.startswith("[") or host.endswith(":0") or len(host) > MAX_HOST:
        raise Invalid("domain", "not_usable", given=name[:100])
    return host
