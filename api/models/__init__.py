"""Client applications, their tokens, and what they keep here."""

from api.models.app import App
from api.models.authorization_code import AuthorizationCode
from api.models.idempotency_key import IdempotencyKey
from api.models.marker import Marker
from api.models.token import Token

__all__ = ["App", "AuthorizationCode", "IdempotencyKey", "Marker", "Token"]
