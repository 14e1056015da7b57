"""Token: docs.joinmastodon.org/entities/Token. The only entity whose time is a number."""

import msgspec


class Token(msgspec.Struct):
    access_token: str
    token_type: str
    scope: str
    created_at: int
    id_token: str | msgspec.UnsetType = msgspec.UNSET  # for the scope `openid`, by a code
