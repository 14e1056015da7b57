"""NodeInfo: software and size of a domain, for directories and other servers. Public data only, readable from any origin."""

import time
from typing import Any

from django.http import HttpResponse

from core.asgi.decorators import methods, without_media
from core.asgi.request import Request
from core.config.version import SOURCE_URL, VERSION
from core.errors import NotFound
from core.server_state import PerServer
from users.domains import options
from users.domains.limits import limits_in
from users.domains.models import Domain, SignUpMode
from users.identities.wellknown import public_json
from users.statistics.queries import stats_of

_SINCE_2_1 = {"repository": SOURCE_URL}


@without_media
@methods("GET")
async def nodeinfo_links(request: Request) -> HttpResponse:
    """Serve the links to the nodeinfo documents."""
    return public_json(
        {
            "links": [
                {
                    "rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}",
                    "href": f"{request.domain.base_url}/nodeinfo/{version}",
                }
                for version in ("2.0", "2.1")
            ]
            # FEP-2677: the actor that signs this server's fetches
            + [
                {
                    "rel": "https://www.w3.org/ns/activitystreams#Application",
                    "href": f"{request.domain.base_url}/actor",
                }
            ]
        }
    )


@without_media
@methods("GET")
async def nodeinfo(request: Request, version: str) -> HttpResponse:
    """Return the domain's software and usage."""
    if version not in {"2.0", "2.1"}:
        raise NotFound
    domain = request.domain
    limits = limits_in(domain.limits)
    document = {
        "version": version,
        "software": {"name": "takahe", "version": VERSION, **(_SINCE_2_1 if version == "2.1" else {})},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "usage": await _usage(domain),
        "openRegistrations": domain.takes_sign_ups and domain.sign_up_mode == SignUpMode.open,
        "metadata": {
            "nodeName": domain.title or domain.name,
            "nodeDescription": domain.description,
            "federation": {"enabled": not domain.is_local_only},  # as Pleroma says it
            "upstream": {"name": "mastodon"},  # megalodon selects the API dialect by this
            # the names of Misskey and Pleroma
            "maxNoteTextLength": limits.characters,
            "pollLimits": {"max_options": limits.poll_options},
            "fieldsLimits": {"maxFields": limits.fields},
            "features": [
                "mastodon_api",
                "mastodon_api_streaming",
            ],  # Pleroma's names; FediFetcher reads them
        },
    }
    schema = f"http://nodeinfo.diaspora.software/ns/schema/{version}#"
    return public_json(document, f'application/json; profile="{schema}"; charset=utf-8')


_USAGE_FOR_S = 600.0
_kept: PerServer[dict[int, tuple[float, dict[str, Any]]]] = PerServer(dict)


async def _usage(domain: Domain) -> dict[str, Any]:
    """Return the stored counts, read at most every ten minutes."""
    if domain.is_local_only:
        return {"users": {}, "localPosts": 0}
    at, usage = _kept().get(domain.pk, (-_USAGE_FOR_S, {}))
    if time.monotonic() - at < _USAGE_FOR_S:
        return usage
    if not await options.get(options.PUBLISHES_COUNTS, domain=domain.pk):
        usage = {"users": {}, "localPosts": 0}
    else:
        kept = await stats_of(domain)
        usage = {
            "users": {
                "total": kept.people,
                "activeMonth": kept.active_month,
                "activeHalfyear": kept.active_half_year,
            },
            "localPosts": kept.posts,
        }
    if len(_kept()) > 1000:
        _kept().clear()
    _kept()[domain.pk] = (time.monotonic(), usage)
    return usage
