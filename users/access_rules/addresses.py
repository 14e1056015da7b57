"""Normal forms of the things that rules match: networks, client addresses, mailboxes and e-mail domains. Pure."""

import hashlib
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from core.hosts.names import BadHost, normal_host

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

_MAPPED_BITS = 96
MAX_LABELS = 127


def parsed_address(text: str) -> Address | None:
    """Return a client's address, or None if it is invalid. An IPv4-mapped address (`::ffff:192.0.2.1`) becomes IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def parsed_network(text: str) -> Network | None:
    """Return a network, or None if it is invalid. A single address becomes a network of one; host bits are dropped.

    Mapped IPv4 becomes IPv4, as in `parsed_address`, so that both spellings of a rule match.
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((int(mapped), network.prefixlen - _MAPPED_BITS))
    return network


def networks_around(address: Address) -> list[str]:
    """Return each network that contains an address, from the whole address space down to the address itself."""
    bits, whole = address.max_prefixlen, int(address)
    kind = IPv4Network if isinstance(address, IPv4Address) else IPv6Network
    return [str(kind((whole >> (bits - size) << (bits - size), size))) for size in range(bits + 1)]


def domains_around(host: str) -> list[str]:
    """Return a domain and those above it, as `a.b.example`, `b.example`, `example`."""
    labels = host.split(".")[-MAX_LABELS:]
    return [".".join(labels[start:]) for start in range(len(labels))]


def email_host(email: str) -> str:
    """Return the normalised host of an e-mail address, or "" if it has none."""
    try:
        return normal_host(email.strip().rpartition("@")[2])
    except BadHost:
        return ""


def canonical_email(email: str) -> str:
    """Return the canonical form of a mailbox, as Mastodon computes it: lower case, no dots in the local part, nothing after a plus."""
    name, _, host = email.strip().rpartition("@")
    return f"{name.lower().replace('.', '').partition('+')[0]}@{email_host(email) or host.lower()}"


def email_hash(email: str) -> str:
    """Return the SHA-256 of the canonical address, as Mastodon's `canonical_email_hash`."""
    return hashlib.sha256(canonical_email(email).encode()).hexdigest()
