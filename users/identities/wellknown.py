"""WebFinger and host-meta. Public data only, readable from any origin."""

from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from django.http import HttpResponse

from core.asgi.decorators import methods, without_media
from core.asgi.request import Request
from core.errors import BadInput, Gone, NotFound, Problem
from core.pages.addresses import path_to
from users.domains.models import Domain
from users.domains.queries import domain_for_host
from users.identities.models import Identity, Restriction
from users.identities.names import split_handle
from users.identities.queries import identities

_CACHE = "public, max-age=600"


def public_json(
    value: Any, content_type: str = "application/json; charset=utf-8", vary: str = ""
) -> HttpResponse:
    """Return a document that any origin may read (CORS)."""
    response = HttpResponse(msgspec.json.encode(value), content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = _CACHE
    if vary:
        response.headers["Vary"] = vary
    return response


@without_media
@methods("GET")
async def webfinger(request: Request) -> HttpResponse:
    """Answer WebFinger (RFC 7033): `acct:name@host`, an actor's id or a profile's URL, case-insensitively."""
    resource = request.GET.get("resource", "")
    if not resource or len(resource) > 2048 or "\x00" in resource:
        raise BadInput(code="resource_missing", status=400)
    if resource.startswith(("https://", "http://")):
        found, domain = await _by_url(resource)
    else:
        found, domain = await _by_handle(resource, request.domain)
    if found is not None and domain.is_local_only:
        raise NotFound(code="domain_is_local_only", name=domain.name)
    if found is None:
        document = _system_actor(domain)
    elif found.deleted_at is not None or found.restriction == Restriction.suspended:
        raise Gone(code="account_deleted")
    else:
        document = _person(found, domain)
    return public_json(document, "application/jrd+json; charset=utf-8")


async def _by_handle(resource: str, here: Domain) -> tuple[Identity | None, Domain]:
    try:
        username, host = split_handle(resource)
    except Problem as error:
        raise BadInput(code="not_an_account_address", detail=error.sentence, status=400) from error
    domain = await domain_for_host(host) if host else here
    if domain is None:
        raise NotFound
    if username.lower() in {domain.name.lower(), domain.host.lower()}:
        return None, domain
    found = await identities.local_by_username(domain, username)
    if found is None:
        raise NotFound
    return found, domain


async def _by_url(url: str) -> tuple[Identity | None, Domain]:
    try:
        parts = urlsplit(url)
        domain = await domain_for_host(parts.netloc)
    except ValueError as error:
        raise BadInput(code="not_an_account_address", status=400) from error
    if domain is None:
        raise NotFound
    path = unquote(parts.path).rstrip("/")
    if path in {"", "/actor"}:
        return None, domain
    for prefix in ("/users/", "/@"):
        username = path.removeprefix(prefix)
        if path.startswith(prefix) and "/" not in username and "@" not in username:
            found = await identities.local_by_username(domain, username)
            if found is not None:
                return found, domain
    raise NotFound


def _person(identity: Identity, domain: Domain) -> dict[str, Any]:
    links: list[dict[str, str]] = [
        {
            "rel": "http://webfinger.net/rel/profile-page",
            "type": "text/html",
            "href": identity.profile_url,
        },
        {"rel": "self", "type": "application/activity+json", "href": identity.uri},
        {
            "rel": "http://ostatus.org/schema/1.0/subscribe",
            "template": f"{domain.base_url}{path_to('authorize-interaction')}?uri={{uri}}",
        },
        *_intents(domain),
    ]
    if identity.icon_url.startswith(("https://", "http://")):
        links.append({"rel": "http://webfinger.net/rel/avatar", "href": identity.icon_url})
    return {
        "subject": f"acct:{identity.handle}",
        "aliases": [identity.profile_url, identity.uri],
        "links": links,
    }


def _intents(domain: Domain) -> list[dict[str, str]]:
    """Return the links of remote-interaction buttons (FEP-3b86): one page offers every action on an object."""
    there = f"{domain.base_url}{path_to('authorize-interaction')}?uri={{object}}"
    share = f"{domain.base_url}{path_to('share')}?text={{content}}&title={{name}}"
    templates = dict.fromkeys(("Object", "Follow", "Like", "Announce"), there) | {"Create": share}
    return [{"rel": f"https://w3id.org/fep/3b86/{name}", "template": to} for name, to in templates.items()]


def _system_actor(domain: Domain) -> dict[str, Any]:
    uri = f"{domain.base_url}/actor"
    return {
        # the name in its document: federation/system_actor.py
        "subject": f"acct:{domain.host}@{domain.host}",
        "aliases": [uri],
        "links": [{"rel": "self", "type": "application/activity+json", "href": uri}],
    }


@without_media
@methods("GET")
async def host_meta(request: Request) -> HttpResponse:
    """Return the location of WebFinger as host-meta (RFC 6415), for servers that still ask."""
    response = HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{request.domain.base_url}/.well-known/webfinger?resource={{uri}}"/>\n'
        "</XRD>\n",
        content_type="application/xrd+xml; charset=utf-8",
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = _CACHE
    return response


@without_media
@methods("GET")
async def host_meta_json(request: Request) -> HttpResponse:
    """Return the same as JSON, readable from any origin."""
    template = f"{request.domain.base_url}/.well-known/webfinger?resource={{uri}}"
    return public_json({"links": [{"rel": "lrdd", "template": template}]})


@without_media
@methods("GET")
async def change_password(request: Request) -> HttpResponse:
    """Redirect password managers to the page that changes the password (w3c.github.io/webappsec-change-password-url)."""
    return HttpResponse(status=302, headers={"Location": path_to("settings-security")})
