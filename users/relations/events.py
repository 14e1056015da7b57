"""Events of follows, blocks and mutes, for the packages above. Listeners run inside the transaction of the event."""

from core.events import Event
from users.identities.models import Identity
from users.relations.models import HostBlock

# (source, target): the acting and the affected identity
on_follow: Event[Identity, Identity] = Event("follow")  # accepted: immediately, or by the target
on_follow_request: Event[Identity, Identity] = Event("follow_request")
on_unfollow: Event[Identity, Identity] = Event("unfollow")  # an accepted follow ended, on either side
# a request was withdrawn, rejected or accepted
on_request_ended: Event[Identity, Identity] = Event("request_ended")
on_block: Event[Identity, Identity] = Event("block")
on_mute: Event[Identity, Identity] = Event("mute")
on_host_blocked: Event[HostBlock] = Event("host_blocked")  # by a user; before followers there are removed
# (block, ids of identities): these followers on a blocked host are about to be removed
on_followers_cut: Event[HostBlock, list[int]] = Event("followers_cut")
