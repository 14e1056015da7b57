"""Events of moves, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity

# (somebody here, the account that they followed, the one that they follow now)
on_carried: Event[Identity, Identity, Identity] = Event("follower_carried")
