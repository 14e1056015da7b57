"""The layout of a thread on its page: straight lines, branches, and folded ones. Pure: no queries, no HTML."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from activities.posts.queries.views import PostView

MAX_LEVEL = 3
"""Levels of indentation; deeper replies are on the page of their parent."""
FOLDED_ABOVE = 5
"""A branch with more posts than this under its first one is folded."""
MAX_BRANCHES = 50
MAX_ROWS = 50
"""Maximum posts of a straight line, each the only reply to the previous one."""


class Replies(msgspec.Struct):
    """The branches under a post. `hidden` further posts follow the branch that begins with the post `after`."""

    branches: list["Branch"] = []
    hidden: int = 0
    after: int = 0


class Branch(msgspec.Struct):
    """A straight line of posts, and the branches under its last one.

    `folded` posts under the last one are behind "Show n replies", `further` ones on the last one's own page.
    """

    rows: list[PostView]
    level: int
    replies: Replies
    folded: int = 0
    further: int = 0

    @property
    def last(self) -> PostView:
        return self.rows[-1]

    @property
    def next_level(self) -> int:
        return min(self.level + 1, MAX_LEVEL)


def rows_of(replies: Replies) -> Iterator[PostView]:
    """Yield every post of a tree that its page shows."""
    for branch in replies.branches:
        yield from branch.rows
        yield from rows_of(branch.replies)


def parents_shown(root: int, parents: Mapping[int, int], shown: Collection[int]) -> dict[int, int]:
    """Return the post under which each descendant is shown: its parent, or the nearest ancestor visible to the reader."""
    above: dict[int, int] = {}
    for id_, parent in parents.items():
        is_there = parent == root or parent in shown
        above[id_] = parent if is_there else above.get(parent, root)
    return above


class Thread:
    """The descendants of a post that are visible to a reader, in reading order."""

    def __init__(self, root: PostView, posts: Sequence[PostView], parents: Mapping[int, int]) -> None:
        self.root = root
        self.above = parents_shown(root.id, parents, {post.id for post in posts})
        self._children: dict[int, list[PostView]] = {}
        self._size: dict[int, int] = {}
        for post in posts:
            self._children.setdefault(self.above.get(post.id, root.id), []).append(post)
        for post in reversed(posts):  # children before parents
            parent = self.above.get(post.id, root.id)
            self._size[parent] = self._size.get(parent, 0) + self._size.get(post.id, 0) + 1

    def tree(self, *, level: int = 0, after: int = 0) -> Replies:
        """Return what the page of the root shows under it: its author's own continuation first. `after` skips posts shown on another page."""
        return self._under(self.root, level, after, is_trunk=True)

    def _under(self, post: PostView, level: int, after: int = 0, *, is_trunk: bool = False) -> Replies:
        children = self._children.get(post.id, [])
        children = sorted(children, key=lambda one: one.author_id != post.author_id)  # stable: older first
        places = [one.id for one in children]
        start = places.index(after) + 1 if after in places else 0
        here, later = children[start : start + MAX_BRANCHES], children[start + MAX_BRANCHES :]
        is_branching = len(children) > 1
        return Replies(
            [
                self._branch(
                    child,
                    level,
                    may_fold=is_branching and not (is_trunk and child.author_id == post.author_id),
                )
                for child in here
            ],
            hidden=len(later) + sum(self._size.get(one.id, 0) for one in later),
            after=here[-1].id if here else 0,
        )

    def _branch(self, first: PostView, level: int, *, may_fold: bool) -> Branch:
        branch = Branch([first], level, Replies())
        if may_fold and self._size.get(first.id, 0) > FOLDED_ABOVE:
            branch.folded = self._size[first.id]
            return branch
        while len(children := self._children.get(branch.last.id, [])) == 1 and len(branch.rows) < MAX_ROWS:
            branch.rows.append(children[0])
        if len(children) == 1 or (children and level >= MAX_LEVEL):
            branch.further = self._size[branch.last.id]
        else:
            branch.replies = self._under(branch.last, level + 1)
        return branch


def chain(
    post: PostView, ancestors: Sequence[PostView], descendants: Sequence[PostView], parents: Mapping[int, int]
) -> list[PostView]:
    """Return the longest chain of posts by the author of `post` around it: each replies to the previous one."""
    before: list[PostView] = []
    for one in reversed(ancestors):
        if one.author_id != post.author_id or one.id != (before[-1] if before else post).in_reply_to_id:
            break
        before.append(one)
    line = [*reversed(before), post]
    for one in descendants:
        if one.author_id == post.author_id and parents.get(one.id) == line[-1].id:
            line.append(one)
    return line
