"""The rules that apply to a sign-up, read in one statement however many there are."""

from typing import NamedTuple

from core import clock
from core.db import sql
from core.db.statements import Statement
from users.access_rules.addresses import (
    domains_around,
    email_hash,
    email_host,
    networks_around,
    parsed_address,
)
from users.access_rules.models import Severity

_VERDICT = Statement(
    "rules.verdict",
    "Which rules a sign-up meets.",
    "users_emaildomainblock_name",
    "users_ipblock_network",
    "users_canonicalemailblock_hash",
)


class Verdict(NamedTuple):
    """The rules that match an e-mail address and a network."""

    is_email_refused: bool
    is_network_refused: bool
    needs_approval: bool


async def verdict_on(*, domain_id: int, email: str, address: str) -> Verdict:
    """Return which rules of a domain and of the server match a sign-up. `address` is the client's, "" to skip the network rules."""
    client = parsed_address(address)
    host = email_host(email)
    here = "(r.domain_id IS NULL OR r.domain_id = %(domain)s::bigint)"
    row = await sql.one(
        _VERDICT(
            f"""SELECT coalesce(bool_or(met.what = 'email'), false), coalesce(bool_or(met.what = 'network'), false),
                       coalesce(bool_or(met.what = 'approval'), false)
                FROM (SELECT CASE WHEN r.allows_with_approval THEN 'approval' ELSE 'email' END AS what FROM users_emaildomainblock r
                      WHERE r.name = ANY(%(hosts)s::text[]) AND {here}
                        AND (r.expires_at IS NULL OR r.expires_at > %(now)s::timestamptz)
                      UNION ALL
                      SELECT 'email' FROM users_canonicalemailblock r WHERE r.email_hash = %(hash)s::text AND {here}
                      UNION ALL
                      SELECT CASE WHEN r.severity = %(mild)s::text THEN 'approval' ELSE 'network' END FROM users_ipblock r
                      WHERE r.network = ANY(%(networks)s::cidr[]) AND {here}
                        AND (r.expires_at IS NULL OR r.expires_at > %(now)s::timestamptz)) met""",
            domain=domain_id,
            hosts=domains_around(host) if host else [],
            hash=email_hash(email) if host else "",
            networks=networks_around(client) if client is not None else [],
            mild=str(Severity.sign_up_requires_approval),
            now=clock.now(),
        )
    )
    return Verdict(*row) if row is not None else Verdict(False, False, False)
