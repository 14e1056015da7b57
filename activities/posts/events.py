"""Events of posts, for the packages above.

Listeners run inside the transaction of the event, in the order of activities/apps.py. Those for many posts are set-based: the number of
statements does not depend on the number of posts.
"""

import msgspec

from activities.posts.models import Post
from core.events import Event
from users.identities.models import Identity

# (post): a local user wrote it just now; the worker has not published it yet
on_post_created: Event[Post] = Event("post_created")

# (ids of posts and boosts), emitted by the worker
on_posts_published: Event[list[int]] = Event("posts_published")
on_posts_edited: Event[list[int]] = Event("posts_edited")
on_posts_hidden: Event[list[int]] = Event("posts_hidden")  # not emitted by the worker: they may be restored
on_posts_deleted: Event[list[int]] = Event("posts_deleted")  # their rows, likes and mentions still exist
# return whether there is more than a batch of dependent rows: the event repeats until nothing is left
on_posts_emptied: Event[list[int]] = Event("posts_emptied")
# public ones, fetched for a relay or an open conversation: for the followers of their hashtags
on_posts_brought: Event[list[int]] = Event("posts_brought")
on_ancestors_fetched: Event[list[int]] = Event("ancestors_fetched")  # the parent is stored now


# (id of a conversation, ids of the posts merged into it): a post that connects them was found
on_conversations_joined: Event[int, list[int]] = Event("conversations_joined")


class FollowersPiece(msgspec.Struct, frozen=True):
    """The follows of a post's author with `after` <= id < `before`, whose home timelines got the post, if it belongs there."""

    post_id: int
    after: int
    before: int

    @property
    def is_first(self) -> bool:
        """True for the latest followers, who get it in the transaction that publishes it."""
        return self.before == LAST


LAST = 2**63 - 1
on_added_to_homes: Event[list[FollowersPiece]] = Event("added_to_homes")

# (post, ids of identities): an edit mentions them for the first time
on_newly_mentioned: Event[Post, list[int]] = Event("newly_mentioned")

# (post, actor)
on_liked: Event[Post, Identity] = Event("liked")
on_unliked: Event[Post, Identity] = Event("unliked")
on_reacted: Event[Post, Identity] = Event("reacted")
on_unreacted: Event[Post, Identity] = Event("unreacted")

# (quoting post, quoted post): the quote is allowed
on_quoted: Event[Post, Post] = Event("quoted")

# (ids of questions): voting has ended
on_polls_closed: Event[list[int]] = Event("polls_closed")

# (ids of questions): somebody voted, or a poll's own server sent other numbers
on_results_changed: Event[list[int]] = Event("results_changed")
