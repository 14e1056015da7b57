"""Events of polls, for the packages above. Listeners run inside the transaction of the event."""

from activities.posts.models import Post
from core.events import Event
from users.identities.models import Identity

# (question, local voter)
on_voted: Event[Post, Identity] = Event("voted")
