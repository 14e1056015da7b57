"""The addresses that outbound requests may connect to: public ones, and those that the operator allowed. Pure."""

import ipaddress
from collections.abc import Iterable

from core.http.errors import AddressRefused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Global according to Python's tables, but not used by web servers.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b:1::/48",  # local-use NAT64: its destination is unknown to us
        "fec0::/10",  # site-local, deprecated
        "5f00::/16",  # segment routing
        "3fff::/20",  # documentation
        "2001::/23",  # protocol assignments (Teredo, ORCHID)
        "::/96",  # v4-compatible, deprecated
    )
)
_LOOPBACK = tuple(ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128"))
# Special-use names, and common names of home and office networks. No public name ends like this.
_PRIVATE_NAMES = (
    ".local", ".localdomain", ".internal", ".intranet", ".private", ".home.arpa", ".home", ".lan", ".corp", ".mail",
    ".onion", ".alt", ".test", ".invalid",
)  # fmt: skip
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")  # RFC 2765
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def refusal(address: IpAddress, allowed: Iterable[IpNetwork] = ()) -> str | None:
    """Return why requests to this address are refused, or None if they are allowed.

    `allowed`: networks permitted by the operator.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        return "it is bound to one network interface"
    if any(address in network for network in allowed):
        return None
    inner = _embedded(address)
    if inner is not None:
        return refusal(inner, allowed)
    if address.is_loopback:
        return "it is this machine"
    if address.is_link_local:
        return "it is link-local (cloud metadata lives there)"
    if address.is_multicast:
        return "it is multicast"
    if not address.is_global or any(address in network for network in _SPECIAL):
        return "it is private or reserved"
    return None


def check_host(host: str, allowed: Iterable[IpNetwork] = ()) -> None:
    """Raise AddressRefused for a host that is private without asking DNS: an address, or a local name.

    Names of this machine are allowed if a loopback network is, other private names if any other network is.
    """
    try:
        reason = refusal(ipaddress.ip_address(host), allowed)
    except ValueError:
        reason = _refusal_of_name(host.rstrip("."), list(allowed))
    if reason is not None:
        raise AddressRefused(code="address_not_public", detail=f"{host}: {reason}")


def _refusal_of_name(name: str, allowed: list[IpNetwork]) -> str | None:
    is_loopback = [
        any(own.version == one.version and own.overlaps(one) for own in _LOOPBACK) for one in allowed
    ]
    if f".{name}".endswith(".localhost"):
        return None if any(is_loopback) else "it is a name of this machine"
    if "." not in name or name.endswith(_PRIVATE_NAMES):
        return None if not all(is_loopback) else "it is a name of a private network"
    return None


def _embedded(address: IpAddress) -> ipaddress.IPv4Address | None:
    """Return the v4 address embedded in a v6 address of a gateway, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    number = int(address)
    if address in _NAT64 or address in _TRANSLATED or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None
