"""OAuthServerInfo and OAuthUserInfo: docs.joinmastodon.org/methods/oauth, with what OpenID Connect adds."""

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


class OpenIdProviderInfo(OAuthServerInfo, kw_only=True):
    """Metadata of an OpenID provider: OpenID Connect Discovery 1.0, section 3."""

    jwks_uri: str
    end_session_endpoint: str
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    claims_supported: list[str]
    prompt_values_supported: list[str]
    authorization_response_iss_parameter_supported: bool = True  # RFC 9207
    claims_parameter_supported: bool = False
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = False


class JsonWebKeys(msgspec.Struct):
    """A JWK set: RFC 7517, section 5."""

    keys: list[dict[str, str]]


class OAuthUserInfo(msgspec.Struct):
    """The claims about the person: those of the profile and the address only if the token's scopes reveal them."""

    iss: str
    sub: str
    name: str | msgspec.UnsetType = msgspec.UNSET
    preferred_username: str | msgspec.UnsetType = msgspec.UNSET
    profile: str | msgspec.UnsetType = msgspec.UNSET
    picture: str | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType = msgspec.UNSET
    email_verified: bool | msgspec.UnsetType = msgspec.UNSET
