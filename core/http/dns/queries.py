"""DNS queries on the event loop. Loaded on first use: dnspython takes 3.5 MB, and a web process rarely needs it."""

import asyncio
import ipaddress
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.resolver

from core.http.addresses import IpAddress
from core.http.errors import LocalNetworkError, NameNotFound, Unreachable
from core.http.local_errors import is_local_error


class DnsQueries:
    """A resolver with the machine's configuration, or with the given servers. Raises LocalNetworkError without a configuration."""

    def __init__(self, nameservers: Sequence[str] | None, port: int, timeout_s: float) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=nameservers is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise LocalNetworkError.of(str(error)) from error
        self._timeout_s = timeout_s
        if nameservers is not None:
            self._resolver.nameservers = list(nameservers)
            self._resolver.port = port

    async def addresses(self, host: str) -> tuple[tuple[IpAddress, ...], int]:
        """Return the addresses of a host, at least one, and their TTL in seconds. Raises NameNotFound, LocalNetworkError or Unreachable."""
        answers = await asyncio.gather(self._query(host, "A"), self._query(host, "AAAA"))
        # v4 first: a small server with a broken v6 route is more common than the reverse
        addresses = tuple(address for found, _ in answers for address in found)
        if not addresses:
            raise NameNotFound(code="no_such_server", detail=host)
        return addresses, min(ttl for found, ttl in answers if found)

    async def _query(self, host: str, kind: str) -> tuple[list[IpAddress], int]:
        """Return the addresses of one family and their TTL in seconds; none if there is none."""
        try:
            answer = await self._resolver.resolve(host + ".", kind, lifetime=self._timeout_s, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], 0
        except (dns.exception.DNSException, OSError, EOFError) as error:
            if _nobody_could_be_asked(error):
                raise LocalNetworkError.of(f"{host}: {error}") from error
            raise Unreachable(code="name_lookup_failed", detail=f"{host}: {error}") from error
        ttl = int(answer.rrset.ttl) if answer.rrset is not None else 0
        return [ipaddress.ip_address(record.address) for record in answer][:8], ttl


def _nobody_could_be_asked(error: BaseException) -> bool:
    """Return whether no query left this machine: a local fault, or no name server is reachable."""
    if not isinstance(error, dns.exception.DNSException):
        return is_local_error(error)
    found = [failure for _, _, _, failure, _ in getattr(error, "kwargs", {}).get("errors", ())]
    return any(isinstance(failure, BaseException) and is_local_error(failure) for failure in found) or (
        bool(found) and all(isinstance(failure, OSError) for failure in found)
    )
