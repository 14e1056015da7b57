"""Events of lost follows, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event

# (ids of severances): these users are to be notified, all of one event
on_severed: Event[list[int]] = Event("severed")
