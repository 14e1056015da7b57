"""Events of relays, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from federation.models import Relay

on_relay_added: Event[Relay] = Event("relay added")
on_relay_changed: Event[Relay] = Event("relay changed")
on_relay_removed: Event[Relay] = Event("relay removed")
