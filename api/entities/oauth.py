"""OAuthServerInfo and OAuthUserInfo: docs.joinmastodon.org/methods/oauth"""

import msgspec


class OAuthServerInfo(msgspec.Struct, kw_only=True):
    """Server metadata of RFC 8414, with Mastodon's `app_registration_endpoint`."""

    issuer: str
    service_documentation: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    revocation_endpoint: str
    app_registration_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]


class OAuthUserInfo(msgspec.Struct):
    iss: str
    sub: str
    name: str
    preferred_username: str
    profile: str
    picture: str
