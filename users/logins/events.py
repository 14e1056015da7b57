"""Events of logins, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity
from users.logins.models import User

# (user, identity)
on_admitted: Event[User, Identity] = Event("admitted")  # a sign-up was admitted, with this identity

# (user id, identity id)
on_access_ended: Event[int, int] = Event("access_ended")  # a login may not act as an identity any more

# (user)
on_password_changed: Event[User] = Event(
    "password_changed"
)  # sessions and tokens of the old password should end
