"""Events of moves, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity

# (local follower, old account, new account)
on_carried: Event[Identity, Identity, Identity] = Event("follower_carried")
