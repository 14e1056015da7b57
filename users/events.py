"""What other rooms want to hear about people. Listeners run inside the transaction that made the event true.

Those of a deletion remove a bounded piece and return True when more is left: they are called again, in another transaction.

Imports run downwards only, so `activities` registers its listeners here (notifications, home timelines, clean-up):

    @events.on_follow
    async def notify(source: Identity, target: Identity) -> None: ...
"""

from collections.abc import Awaitable, Callable

from users.models import Identity, Report, User

type Pair = Callable[[Identity, Identity], Awaitable[None]]
type Single = Callable[[Identity], Awaitable[None]]
type Removal = Callable[[Identity], Awaitable[bool | None]]
type Entry = Callable[[User, Identity], Awaitable[None]]
type Complaint = Callable[[Report], Awaitable[None]]
type Login = Callable[[User], Awaitable[None]]


class Event[F: Callable[..., Awaitable[bool | None]]]:
    """A list of listeners; use it as a decorator to add one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[F] = []

    def __call__(self, listener: F) -> F:
        if listener not in self._listeners:
            self._listeners.append(listener)
        return listener

    async def happened(self, *who: Identity | User | Report) -> bool:
        """Tell every listener, in the order they came; return whether one of them has more to do."""
        has_more = False
        for listener in self._listeners:
            has_more = bool(await listener(*who)) or has_more
        return has_more


# (source, target): who did it, and to whom
on_follow: Event[Pair] = Event("follow")  # accepted: at once, or when the target says yes
on_follow_request: Event[Pair] = Event("follow_request")
on_unfollow: Event[Pair] = Event("unfollow")  # an accepted follow ended, whoever ended it
on_request_ended: Event[Pair] = Event("request_ended")  # a request was withdrawn, refused or accepted
on_block: Event[Pair] = Event("block")
on_mute: Event[Pair] = Event("mute")

# (identity)
on_identity_created: Event[Single] = Event("identity_created")
on_identity_deleted: Event[Removal] = Event("identity_deleted")  # local or remote; remove what is theirs

# (user, identity)
on_let_in: Event[Entry] = Event("let_in")  # somebody who signed up is in, as this identity

# (report), with its source and target loaded
on_report: Event[Complaint] = Event("report")

# (user)
on_password_changed: Event[Login] = Event("password_changed")  # what was opened with the old one should close
