"""Ways to fetch a document: actors, posts, and what hosts state about their users and themselves."""

import re
from typing import Any

from activities.publishing.activitypub import author_of
from activities.publishing.services.fetching import ensure_post
from federation.documents import as_id, host_of
from federation.fetching import fetch_software, look_up_handle
from tests.federation.documents.fixture_world import World
from users.identities.services import remote_actors


async def _fetch_actor(document: dict[str, Any], world: World) -> str:
    identity = await remote_actors.ensure_actor(as_id(document.get("id")) or "https://far.test/nobody")
    name = document.get("preferredUsername") or identity.username
    assert (identity.uri, identity.username) == (document["id"], name)
    assert identity.inbox_url == document["inbox"]
    assert "<script" not in identity.summary.lower()
    return f"stored {identity.actor_type}"


async def _fetch_object(document: dict[str, Any], world: World) -> str:
    await ensure_post(as_id(document.get("id")) or "https://far.test/nothing")
    return "stored"


async def _fetch_spoof(document: dict[str, Any], world: World) -> str:
    """Serve it on another server than its author's."""
    world.serve("https://far.test/spoof", document)
    world.person(author_of(document))
    await ensure_post("https://far.test/spoof")
    return "stored"


async def _read_finger(document: dict[str, Any], world: World) -> str:
    """Look it up on the host that answers: that of one of its links, whatever its subject claims."""
    handle = document["subject"].removeprefix("acct:")
    host = next((host_of(alias) for alias in document.get("aliases", []) if host_of(alias)), "")
    name = handle.partition("@")[0]
    asked = f"{name}@{host}" if host and host != handle.rpartition("@")[2] else handle
    world.serve_finger(asked, document)
    return f"found {host_of((await look_up_handle(asked)).uri)}"


async def _read_nodeinfo(document: dict[str, Any], world: World) -> str:
    if "links" in document:
        addresses = [link["href"] for link in document["links"]]
        for address in addresses:
            world.serve(address, {"software": {"name": "listed", "version": "1"}}, "application/json")
        host = host_of(addresses[0])
    else:
        host = "far.test"
        link = {
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
            "href": f"https://{host}/nodeinfo/2.1",
        }
        world.serve(f"https://{host}/nodeinfo/2.1", document, "application/json")
        document = {"links": [link]}
    world.serve(f"https://{host}/.well-known/nodeinfo", document, "application/json")
    software = await fetch_software(host)
    return f"found {software.name} {software.version}"


async def _read_host_meta(document: dict[str, Any], world: World) -> str:
    """Find a user of the host by the address in host-meta."""
    template = re.search(r'template="([^"]+)"', document["body"])
    assert template
    host = host_of(template[1])
    world.serve("https://far.test/.well-known/host-meta", document["body"].encode(), document["content_type"])
    resource = "acct%3Aana%40far.test"
    jrd = {
        "subject": "acct:ana@far.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": "https://far.test/users/ana"}],
    }
    world.serve(template[1].replace("{uri}", resource), jrd, "application/jrd+json")
    await look_up_handle("ana@far.test")
    return f"found by {host}"


FETCHES = {
    "actor": _fetch_actor,
    "fetch": _fetch_object,
    "spoof": _fetch_spoof,
    "webfinger": _read_finger,
    "nodeinfo": _read_nodeinfo,
    "host-meta": _read_host_meta,
}
