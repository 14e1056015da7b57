"""GET requests for documents, unsigned or signed by a remote actor whose key is known."""

import httpx

from core import clock
from federation.models import RemoteKey
from tests.support.peers import cavage_headers, make_key, public_pem
from tests.users.support import AP
from users.identities.models import Identity


async def get(client: httpx.AsyncClient, uri: str, **headers: str) -> httpx.Response:
    path = "/" + uri.split("/", 3)[3] if "://" in uri else uri
    return await client.get(path, headers={**AP, **headers})


async def signed_get(
    client: httpx.AsyncClient, uri: str, signer: Identity, host: str = "testserver"
) -> httpx.Response:
    key, key_id = make_key(), f"{signer.uri}#main-key"
    await RemoteKey.objects.aupdate_or_create(
        key_id=key_id,
        defaults={"owner": signer.uri, "pem": public_pem(key), "fetched_at": clock.now()},
    )
    path = "/" + uri.split("/", 3)[3]
    headers = cavage_headers(key, key_id, "GET", f"http://{host}{path}")
    return await client.get(path, headers={**headers, **AP})
