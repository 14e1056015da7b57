"""Client applications, their tokens, and data stored for them."""

from activities.markers.models import Marker
from api.models.app import App
from api.models.authorization_code import AuthorizationCode
from api.models.id_token_key import IdTokenKey
from api.models.push_delivery import PushDelivery, PushDeliveryGraph
from api.models.push_subscription import PushPolicy, PushSubscription
from api.models.token import Token
from api.models.vapid_key import VapidKey

__all__ = [
    "App",
    "AuthorizationCode",
    "IdTokenKey",
    "Marker",
    "PushDelivery",
    "PushDeliveryGraph",
    "PushPolicy",
    "PushSubscription",
    "Token",
    "VapidKey",
]
