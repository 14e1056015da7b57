"""A provider of OpenID Connect that says what a test tells it to, true or not, over real HTTP on loopback."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import Key, RSAKey

from tests.support.peers import FakePeer, Received, Reply

METADATA, KEYS, TOKEN, USERINFO = "/.well-known/openid-configuration", "/keys", "/token", "/userinfo"


class _Gone:
    def __repr__(self) -> str:  # the names of tests have to be the same in every process
        return "GONE"


GONE = _Gone()
"""As a claim: it is missing."""

_keys: list[RSAKey] = []


def make_signing_key(number: int = 0) -> RSAKey:
    """Return one of a few keys, made once per process."""
    while len(_keys) <= number:
        _keys.append(RSAKey.generate_key(2048, {"kid": f"key-{len(_keys)}", "use": "sig"}, auto_kid=False))
    return _keys[number]


class Provider(FakePeer):
    """`person`: the claims of whoever signs in. `claims` and `header` overrule what its tokens say, `key` and `alg` how they are signed."""

    def __init__(self, name: str = "127.0.0.1", **more: Any) -> None:
        super().__init__(name, **more)
        self.person: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.key: Key = make_signing_key()
        self.public: list[dict[str, Any]] = [make_signing_key().as_dict(private=False)]
        self.alg = "RS256"
        self.tells_in_userinfo = False
        self.codes: dict[str, dict[str, str]] = {}
        self.replies |= {
            METADATA: lambda _: _json(self.document()),
            KEYS: lambda _: _json({"keys": self.public}),
            TOKEN: self._token,
            USERINFO: lambda _: _json({"sub": self.person.get("sub", "s1"), **self.person}),
        }

    @property
    def issuer(self) -> str:
        return self.base_url

    def document(self) -> dict[str, Any]:
        paths = {"token_endpoint": TOKEN, "jwks_uri": KEYS, "userinfo_endpoint": USERINFO}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?theme=dark",
            "id_token_signing_alg_values_supported": [self.alg],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
            **{name: f"{self.issuer}{path}" for name, path in paths.items()},
            **self.metadata,
        }

    def authorize(self, url: str, **changes: Any) -> str:
        """Sign `person` in, who followed this URL; return where the browser is sent. `changes` overrule the parameters of the answer."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | changes
        query = urlencode({name: value for name, value in answer.items() if value is not GONE})
        return f"{asked['redirect_uri']}?{query}"

    def _token(self, request: Received) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return _json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if proven != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked)})

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": "s1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **({"sub": self.person.get("sub", "s1")} if self.tells_in_userinfo else self.person),
            **self.claims,
        }
        payload = json.dumps({name: value for name, value in claims.items() if value is not GONE}).encode()
        header = {"alg": self.alg, **({"kid": self.key.kid} if self.key.kid else {}), **self.header}
        signed = f"{_b64(json.dumps(header).encode())}.{_b64(payload)}"
        if self.alg == "none":
            return f"{signed}."
        if self.alg == "HS256":  # the old trick: the public key as the secret
            secret = make_signing_key().as_pem(private=False)
            return f"{signed}.{_b64(hmac.digest(secret, signed.encode(), 'sha256'))}"
        return jws.serialize_compact(header, payload, self.key, algorithms=[self.alg])


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), "application/json")


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
