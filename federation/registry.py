"""The registry of handlers for activities and actors: higher packages register functions, and the queues call them.

Handlers run in the worker, inside a transaction, and do no network I/O: they request missing objects with NeedsFetch, and are called
again once those are stored. This package knows neither posts nor identities.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from federation.signatures import SigningKey

SYSTEM_ACTOR = 0
# internal activities, which no peer may send
FOLLOWERS = "takahe:Followers"  # a peer states a digest of an actor's local followers
HINT = "takahe:Hint"  # a peer forwarded something without a proof
RELAYED = "takahe:Relayed"  # a relay announced a post
OWN_KINDS = frozenset((FOLLOWERS, HINT, RELAYED))


@dataclass(frozen=True, slots=True)
class IncomingActivity:
    """A verified activity. `actor` signed it; `id` is on the actor's host.

    `object` is as sent, except that an embedded object of another host was replaced by its id: fetch it before trusting it. `object_id`
    and `object_type` are empty if there are none. `target` is the local identity whose personal inbox received it. `is_forwarded`:
    another server posted it, with a proof by its actor. `body` is the text as received. `said_at` is when it was signed, by the sender's
    clock: of two activities of one server the later counts, whichever arrived first.
    """

    id: str
    type: str
    actor: str
    host: str
    document: Mapping[str, Any]
    object: Mapping[str, Any] | list[Any] | str | None
    object_id: str
    object_type: str
    received_at: dt.datetime
    said_at: dt.datetime
    target: int | None = None
    is_forwarded: bool = False
    body: bytes = b""


class Verdict(Enum):
    DONE = "done"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Handled:
    """A handler's result; made by done(), ignored() and refused()."""

    verdict: Verdict
    reason: str = ""


def done() -> Handled:
    """Return the result that the activity was applied (now, or before)."""
    return Handled(Verdict.DONE)


def ignored(reason: str) -> Handled:
    """Return the result that the activity does not concern this server: the message is stored as skipped, with the reason."""
    return Handled(Verdict.IGNORED, reason)


def refused(reason: str) -> Handled:
    """Return the result that the actor is not allowed to do this: the message is stored as failed, with the reason."""
    return Handled(Verdict.REFUSED, reason)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A document that the handler needs. `kind` selects the resolver: "actor" or "object"."""

    uri: str
    kind: str = "object"


class NeedsFetch(Exception):
    """Raised by a handler to be called again once the resolver of `kind` has fetched `uri`."""

    def __init__(self, uri: str, kind: str = "object") -> None:
        super().__init__(f"needs {kind} {uri}")
        self.needs = (Dependency(uri, kind),)


class Later(Exception):
    """Raised by a handler to be called again later (default: the queue's back-off), with a reason. Attempts are limited."""

    def __init__(self, reason: str, after: dt.timedelta | None = None, *, is_attempt: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.is_attempt = is_attempt


class RegistryError(Exception):
    """Two functions were registered for the same purpose, or a required one is missing."""


type Handler = Callable[[IncomingActivity], Awaitable[Handled]]
type Needs = Callable[[IncomingActivity], Awaitable[Iterable[Dependency]]]
type Resolver = Callable[[str], Awaitable[Any]]
type SigningKeys = Callable[[int], Awaitable[SigningKey]]
type ProofKeys = Callable[[int], Awaitable[SigningKey | None]]
type DomainOfSigner = Callable[[int], Awaitable[int | None]]
type FollowersDigests = Callable[[int], Awaitable[tuple[str, Mapping[str, str]]]]
type ActorGone = Callable[[str], Awaitable[Any]]
type KnowsActor = Callable[[str], Awaitable[bool]]
type InboxOwner = Callable[[str, str], Awaitable[int | None]]
OwnHosts = Callable[[], frozenset[str]]
BaseUrl = Callable[[], Awaitable[str]]

_handlers: dict[tuple[str, str], Handler] = {}
_needs: dict[str, list[Needs]] = {}
_single: dict[str, Any] = {}


def on(activity_type: str, *object_types: str) -> Callable[[Handler], Handler]:
    """Register the handler of an activity type, for all objects or for these types of object.

    A typed handler also gets activities whose object is only an id if it is the only one of its activity type; otherwise those go to the
    handler registered without object types.
    """

    def register(handler: Handler) -> Handler:
        for object_type in object_types or ("",):
            place = (activity_type, object_type)
            before = _handlers.get(place)
            if before is not None and _name(before) != _name(handler):
                raise RegistryError(
                    f"{activity_type} {object_type}: {_name(before)} and {_name(handler)} both want it"
                )
            _handlers[place] = handler
        return handler

    return register


def handler_of(activity: IncomingActivity) -> Handler | None:
    """Return the handler of this activity; None if there is none."""
    exact = _handlers.get((activity.type, activity.object_type)) or _handlers.get((activity.type, ""))
    if exact is not None or activity.object_type:
        return exact
    of_type = {_name(handler): handler for (kind, _), handler in _handlers.items() if kind == activity.type}
    return next(iter(of_type.values())) if len(of_type) == 1 else None


def handled_types() -> dict[str, list[str]]:
    """Return activity type → object types ("" for any) that have a handler and come from peers, for documentation and tests."""
    types: dict[str, list[str]] = {}
    for activity_type, object_type in sorted(place for place in _handlers if place[0] not in OWN_KINDS):
        types.setdefault(activity_type, []).append(object_type)
    return types


def needs(*activity_types: str) -> Callable[[Needs], Needs]:
    """Register a function that returns the unknown documents needed by activities of these types. Runs before the handler, may query, no
    network.
    """

    def register(function: Needs) -> Needs:
        for activity_type in activity_types:
            registered = _needs.setdefault(activity_type, [])
            if all(_name(known) != _name(function) for known in registered):
                registered.append(function)
        return function

    return register


def needs_of(activity_type: str) -> list[Needs]:
    return _needs.get(activity_type, [])


def resolver(kind: str) -> Callable[[Resolver], Resolver]:
    """Register a function that fetches and stores the document at a URI. Runs outside any transaction; raises FetchError kinds.

    `kind`: "actor" or "object".
    """
    return _one(f"resolver {kind}")


def signing_key_provider(function: SigningKeys) -> SigningKeys:
    """Register the provider of identities' keys: `async fn(signer_id) -> SigningKey`; raises LookupError if there is none."""
    return _one("signing keys")(function)


def proof_key_provider(function: ProofKeys) -> ProofKeys:
    """Register the provider of keys for proofs: `async fn(signer_id) -> SigningKey | None`."""
    return _one("proof keys")(function)


def domain_of_signer(function: DomainOfSigner) -> DomainOfSigner:
    """Register `async fn(signer_id) -> domain id | None`: the domain of a local identity."""
    return _one("domain of signer")(function)


def followers_digests(function: FollowersDigests) -> FollowersDigests:
    """Register `async fn(signer_id) -> (followers collection, host → digest)` for FEP-8fcf."""
    return _one("followers digests")(function)


def actor_gone(function: ActorGone) -> ActorGone:
    """Register the function called if a remote actor's own server answers 410 for it: `async fn(actor_uri)`."""
    return _one("actor gone")(function)


def knows_actor(function: KnowsActor) -> KnowsActor:
    """Register `async fn(actor_uri) -> bool`: is this remote actor stored here? (Deletes of unknown actors are accepted without further work.)"""
    return _one("knows actor")(function)


def inbox_owner(function: InboxOwner) -> InboxOwner:
    """Register `async fn(host, username) -> identity id | None`: the owner of a personal inbox."""
    return _one("inbox owner")(function)


def system_base_url(function: BaseUrl) -> BaseUrl:
    """Register `async fn() -> "https://host"`: the domain as which the system actor signs; raises LookupError before set-up."""
    return _one("system base url")(function)


def own_hosts(function: OwnHosts) -> OwnHosts:
    """Register `fn() -> hosts`: the hosts of all local domains, as last read by this process."""
    return _one("own hosts")(function)


def registered(what: str) -> Any:
    """Return the function registered for `what`, or None."""
    return _single.get(what)


def _one(what: str) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        before = _single.get(what)
        if before is not None and _name(before) != _name(function):
            raise RegistryError(f"{what}: {_name(before)} and {_name(function)} both want it")
        _single[what] = function
        return function

    return register


def _name(function: Any) -> str:
    return f"{function.__module__}.{function.__qualname__}"
