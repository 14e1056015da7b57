"""The system actor: one key for the whole installation, created on first use; its document on every domain."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from core.crypto.keys import new_rsa_pair, seal, unseal
from core.db import sql


class SystemKeyPair(msgspec.Struct, frozen=True):
    """Both keys as PEM; the private one decrypted."""

    public_key: str
    private_key: str


async def system_key() -> SystemKeyPair:
    """Return the key of this installation, generated in a child process if there is none. Two concurrent processes use the first one stored."""
    query = "SELECT public_key, private_key FROM federation_systemkey WHERE id = 1"
    row = await sql.one(query)
    if row is None:
        made = await new_rsa_pair()
        await sql.run(
            "INSERT INTO federation_systemkey (id, public_key, private_key) VALUES (1, %s, %s) ON CONFLICT (id) DO NOTHING",
            [made.public_pem, seal(made.private_pem)],
        )
        row = await sql.one(query)
    assert row is not None
    return SystemKeyPair(row[0], unseal(row[1]))


CAPABILITIES_CONTEXT: dict[str, Any] = {
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set"}
}
"""Written out: whoever reads JSON-LD as such (Fedify) has the contexts of ActivityStreams and security built in, and would fetch
this one for each of our actors, or not read them at all while its host is down."""
CAPABILITIES = [
    {
        "type": "Link",
        "href": "https://datatracker.ietf.org/doc/html/rfc9421",
        "name": "RFC-9421: HTTP Message Signatures",
    }
]
"""What this software can do that can't be seen from its documents (FEP-844e)."""


def actor_uri(base_url: str) -> str:
    return f"{base_url}/actor"


def key_id(base_url: str) -> str:
    return f"{base_url}/actor#main-key"


def actor_document(base_url: str, public_key: str) -> dict[str, Any]:
    """Return an Application named like its domain, as Mastodon's instance actor."""
    uri = actor_uri(base_url)
    return {
        "@context": [
            "https://www.w3.org/ns/activitystreams",
            "https://w3id.org/security/v1",
            {"manuallyApprovesFollowers": "as:manuallyApprovesFollowers", **CAPABILITIES_CONTEXT},
        ],
        "id": uri,
        "type": "Application",
        "preferredUsername": urlsplit(base_url).netloc,
        "name": "System actor",
        "url": base_url,
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "endpoints": {"sharedInbox": f"{base_url}/inbox"},
        "manuallyApprovesFollowers": True,
        "implements": CAPABILITIES,
        "publicKey": {"id": key_id(base_url), "owner": uri, "publicKeyPem": public_key},
    }
