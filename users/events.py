"""What other rooms want to hear about people. Listeners run inside the transaction that made the event true."""

from core.events import Event
from users.identities.models import Identity
from users.models import Report, User

# (user, identity)
on_let_in: Event[User, Identity] = Event("let_in")  # somebody who signed up is in, as this identity

# (report), with its source and target loaded
on_report: Event[Report] = Event("report")

# (user)
on_password_changed: Event[User] = Event("password_changed")  # what was opened with the old one should close
