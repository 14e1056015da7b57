"""Events of posts, for the subjects above.

Listeners run inside the transaction of the event, in the order of activities/apps.py. Those of many posts are set-based: their
number of statements does not depend on the number of posts.
"""

import msgspec

from activities.posts.models import Post
from core.events import Event
from users.identities.models import Identity

# (post): a person here wrote it just now; the worker has yet to publish it
on_post_created: Event[Post] = Event("post_created")

# (ids of posts and boosts), by the worker
on_posts_published: Event[list[int]] = Event("posts_published")
on_posts_edited: Event[list[int]] = Event("posts_edited")
on_posts_hidden: Event[list[int]] = Event("posts_hidden")  # not by the worker: they may be restored
on_posts_deleted: Event[list[int]] = Event("posts_deleted")  # their rows, likes and mentions are still there
# return whether more than a piece hangs on them: it happens again until nothing is left
on_posts_emptied: Event[list[int]] = Event("posts_emptied")
# public ones, fetched for a relay or a conversation that is looked at: for the followers of their hashtags
on_posts_brought: Event[list[int]] = Event("posts_brought")
on_ancestors_fetched: Event[list[int]] = Event("ancestors_fetched")  # what they answer is here now


# (id of a conversation, ids of those that belong to it from now on): a post between them was found
on_conversations_joined: Event[int, list[int]] = Event("conversations_joined")


class FollowersPiece(msgspec.Struct, frozen=True):
    """The follows of a post's author with `after` <= id < `before`: their followers have the post at home now, where it belongs there."""

    post_id: int
    after: int
    before: int

    @property
    def is_first(self) -> bool:
        """True for the latest followers, who have it at home in the transaction that published it."""
        return self.before == LAST


LAST = 2**63 - 1
on_added_to_homes: Event[list[FollowersPiece]] = Event("added_to_homes")

# (post, ids of identities): an edit names them for the first time
on_newly_mentioned: Event[Post, list[int]] = Event("newly_mentioned")

# (post, who)
on_liked: Event[Post, Identity] = Event("liked")
on_unliked: Event[Post, Identity] = Event("unliked")
on_reacted: Event[Post, Identity] = Event("reacted")
on_unreacted: Event[Post, Identity] = Event("unreacted")

# (quoting post, quoted post): the quote is allowed
on_quoted: Event[Post, Post] = Event("quoted")

# (ids of questions): nobody can vote any more
on_polls_closed: Event[list[int]] = Event("polls_closed")
