"""The one spelling of a domain's name. Pure."""

import re

from core.errors import BadInput
from core.hosts.names import MAX_HOST, BadHost, normal_authority

_AROUND_HOST = re.compile(r"\Ahttps?://|/\Z", re.IGNORECASE)


def check_host(name: str) -> str:
    """Return a domain name in its one spelling (core/hosts/names.py), `host` or `host:port`. Raises BadInput when it can't be one."""
    bare = _AROUND_HOST.sub("", name.strip())
    try:
        host = normal_authority(bare)
    except BadHost as error:
        raise BadInput(
            f"{name[:100]!r} can't be a domain name. Write it like example.com, without https:// or a path.",
            detail=str(error),
            field="domain",
        ) from error
    if host.startswith("[") or host.endswith(":0") or len(host) > MAX_HOST:
        raise BadInput(f"{name[:100]!r} can't be a domain name.", field="domain")
    return host
