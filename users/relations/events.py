"""Events of follows, blocks and mutes, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity

# (source, target): who did it, and to whom
on_follow: Event[Identity, Identity] = Event("follow")  # accepted: at once, or when the target says yes
on_follow_request: Event[Identity, Identity] = Event("follow_request")
on_unfollow: Event[Identity, Identity] = Event("unfollow")  # an accepted follow ended, whoever ended it
# a request was withdrawn, refused or accepted
on_request_ended: Event[Identity, Identity] = Event("request_ended")
on_block: Event[Identity, Identity] = Event("block")
on_mute: Event[Identity, Identity] = Event("mute")
