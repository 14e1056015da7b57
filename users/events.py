"""What other rooms want to hear about people. Listeners run inside the transaction that made the event true."""

from core.events import Event
from users.identities.models import Identity
from users.models import Report, User

# (source, target): who did it, and to whom
on_follow: Event[Identity, Identity] = Event("follow")  # accepted: at once, or when the target says yes
on_follow_request: Event[Identity, Identity] = Event("follow_request")
on_unfollow: Event[Identity, Identity] = Event("unfollow")  # an accepted follow ended, whoever ended it
# a request was withdrawn, refused or accepted
on_request_ended: Event[Identity, Identity] = Event("request_ended")
on_block: Event[Identity, Identity] = Event("block")
on_mute: Event[Identity, Identity] = Event("mute")

# (user, identity)
on_let_in: Event[User, Identity] = Event("let_in")  # somebody who signed up is in, as this identity

# (report), with its source and target loaded
on_report: Event[Report] = Event("report")

# (user)
on_password_changed: Event[User] = Event("password_changed")  # what was opened with the old one should close
