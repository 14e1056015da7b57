"""Events of the quarantine, for the subjects above. Listeners run inside the transaction of the event."""

from activities.posts.models import Post
from core.events import Event

# (post, ids of the local identities that it is kept from): a mention by somebody new to this server
on_mentions_held: Event[Post, list[int]] = Event("mentions_held")
# (post): staff released it; those from whom it was kept are notified as of any other
on_mentions_released: Event[Post] = Event("mentions_released")
