"""Events of logins, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity
from users.logins.models import User

# (user, identity)
on_let_in: Event[User, Identity] = Event("let_in")  # somebody who signed up is in, as this identity

# (user)
on_password_changed: Event[User] = Event("password_changed")  # what was opened with the old one should close
