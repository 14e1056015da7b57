"""State graphs: states, the transitions between them, and retry rules. Pure: no database, no worker.

A graph is checked when its class is created; GraphError says exactly what is wrong. Handlers (stator/handlers.py) are registered for
its states later, by a higher layer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from stator.handlers import Batch, Each, RegisterBatch, RegisterEach

if TYPE_CHECKING:
    from collections.abc import Iterable


class GraphError(Exception):
    """A state graph, or its handlers, are invalid; the message says where and why."""


class _Unset(Enum):
    UNSET = 0


UNSET: Final = _Unset.UNSET


@dataclass(frozen=True, slots=True)
class Backoff:
    """The wait before a row is retried: `base` doubled at each attempt, at most `cap`, ± a quarter at random."""

    base: dt.timedelta = dt.timedelta(seconds=10)
    cap: dt.timedelta = dt.timedelta(hours=6)

    def delay_s(self, attempt: int) -> float:
        """Return the seconds to wait after attempt number `attempt` (from 1), before the random part."""
        return min(self.base.total_seconds() * 2.0 ** min(attempt - 1, 40), self.cap.total_seconds())


class State:
    """One state of a graph. Unless it is resting or terminal the worker calls its handler until the row has left it.

    `timeout_after` and `timeout_to` (a state or its name) move rows that stayed too long; a resting state may have them, too. `try_every`
    replaces the graph's back-off by a fixed pause. `delete_after` is for terminal states.
    """

    name: str
    graph: type[StateGraph]

    def __init__(
        self,
        doc: str = "",
        *,
        initial: bool = False,
        resting: bool = False,
        terminal: bool = False,
        failure: bool = False,
        delete_after: dt.timedelta | None = None,
        try_every: dt.timedelta | None = None,
        timeout_after: dt.timedelta | None = None,
        timeout_to: State | str | None = None,
        max_attempts: int | _Unset | None = UNSET,
        backoff: Backoff | None = None,
    ) -> None:
        self.doc = doc
        self.initial = initial
        self.resting = resting
        self.terminal = terminal
        self.failure = failure
        self.delete_after = delete_after
        self.try_every = try_every
        self.timeout_after = timeout_after
        self.timeout_to = timeout_to
        self.own_max_attempts = max_attempts
        self.own_backoff = backoff
        self.transitions: list[State] = []
        self.handler: Batch | Each | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def to(self, *states: State) -> None:
        """Declare that a row may go from here to each of `states`."""
        for state in states:
            if state not in self.transitions:
                self.transitions.append(state)

    def batch(self, *, size: int = 500, timeout: dt.timedelta = dt.timedelta(minutes=2)) -> RegisterBatch:
        """Register this state's handler of a list of rows, inside the one transaction that also updates them."""
        return RegisterBatch(self, size=size, timeout=timeout)

    def each(
        self,
        *,
        lease: dt.timedelta = dt.timedelta(seconds=60),
        concurrency: int = 20,
        fair_by: str | None = None,
        fair_share: int | None = None,
        rank: Callable[[Any], float] | None = None,
    ) -> RegisterEach:
        """Register this state's handler of one row, outside any transaction, for at most `lease`.

        `concurrency` rows run at once; with `fair_by` (a column) at most `fair_share` of one value of it (default: a fifth). Of rows
        claimed together those with the lowest `rank` start first.
        """
        return RegisterEach(
            self,
            lease=lease,
            concurrency=concurrency,
            fair_by=fair_by,
            fair_share=fair_share,
            rank=rank,
        )

    @property
    def is_active(self) -> bool:
        """True if the worker calls a handler for rows in this state."""
        return not (self.resting or self.terminal)

    @property
    def max_attempts(self) -> int | None:
        """The number of attempts after which a row goes to the graph's failure state; None is never."""
        own = self.own_max_attempts
        return self.graph.max_attempts if isinstance(own, _Unset) else own

    @property
    def label(self) -> str:
        """The graph and the state, for messages: PostGraph.new."""
        return f"{self.graph.__name__}.{self.name}"

    def retry_delay_s(self, attempt: int) -> float:
        """Return the seconds to wait after attempt number `attempt` (from 1), before the random part."""
        if self.try_every is not None:
            return self.try_every.total_seconds()
        return (self.own_backoff or self.graph.backoff).delay_s(attempt)

    def due_in_s(self) -> float | None:
        """Return the seconds from entering this state until the engine handles the row; None is never."""
        wait = self.delete_after if self.terminal else self.timeout_after if self.resting else dt.timedelta()
        return None if wait is None else wait.total_seconds()

    def __eq__(self, other: object) -> bool:
        """Compare with a state or a state's name, so that `row.state == PostGraph.new` works."""
        return self is other or (isinstance(other, str) and other == getattr(self, "name", None))

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<State {self.label if hasattr(self, 'graph') else '?'}>"


class StateGraph:
    """The life of a row. Subclass it, declare states as attributes, and the transitions between them with `a.to(b)`.

    Active states (neither resting nor terminal) are tried `max_attempts` times, with `backoff` in between, and may then go to the only
    state with `failure=True`, whether or not a transition to it is declared.
    """

    title: ClassVar[str] = ""  # the queue's name for operators
    max_attempts: ClassVar[int | None] = 15
    backoff: ClassVar[Backoff] = Backoff()

    states: ClassVar[dict[str, State]] = {}
    initial: ClassVar[State]
    failure: ClassVar[State | None] = None
    model: ClassVar[Any] = None
    _targets: ClassVar[dict[str, frozenset[State]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.states = {name: value for name, value in vars(cls).items() if isinstance(value, State)}
        for state in cls.states.values():
            state.graph = cls
        check_graph(cls)
        cls._targets = {name: frozenset(_transitions(cls, state)) for name, state in cls.states.items()}

    @classmethod
    def state(cls, name: str) -> State:
        """Return the state with that name. Raises GraphError if there is none."""
        try:
            return cls.states[name]
        except KeyError:
            raise GraphError(f"{cls.__name__} has no state {name!r}") from None

    @classmethod
    def targets_of(cls, state: State) -> frozenset[State]:
        """Return every state reachable from `state` in one step, including those of timeout and failure."""
        return cls._targets[state.name]

    @classmethod
    def sources_of(cls, state: State) -> list[State]:
        """Return every state from which a row may come to `state`. An active state includes itself: the row starts again."""
        sources = [
            source
            for source in cls.states.values()
            if any(target is state for target in _transitions(cls, source))
        ]
        if state.is_active and all(source is not state for source in sources):
            sources.append(state)
        return sources

    @classmethod
    def mermaid(cls) -> str:
        """Return the graph as a mermaid state diagram (without the fence)."""
        lines = ["stateDiagram-v2", f"    [*] --> {cls.initial.name}"]
        for state in cls.states.values():
            if state.doc:
                lines.append(f"    {state.name}: {state.name}<br/>{_mermaid_text(state.doc)}")
            lines += [f"    {state.name} --> {target.name}" for target in state.transitions]
            target = state.timeout_to
            if isinstance(target, State) and state.timeout_after is not None:
                lines.append(f"    {state.name} --> {target.name}: after {_duration(state.timeout_after)}")
            gives_up = cls.failure is not None and state.is_active and cls.failure not in state.transitions
            if gives_up and state.max_attempts is not None and cls.failure is not None:
                lines.append(f"    {state.name} --> {cls.failure.name}: after {state.max_attempts} attempts")
            if state.terminal:
                ending = f": deleted after {_duration(state.delete_after)}" if state.delete_after else ""
                lines.append(f"    {state.name} --> [*]{ending}")
        return "\n".join(lines)


def _mermaid_text(text: str) -> str:
    return text.replace(":", " –").replace(";", ",").replace("\n", " ")


def _duration(wait: dt.timedelta) -> str:
    seconds = int(wait.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _transitions(graph: type[StateGraph], state: State) -> Iterable[State]:
    yield from state.transitions
    if isinstance(state.timeout_to, State):
        yield state.timeout_to
    if state.is_active and graph.failure is not None:
        yield graph.failure


def check_graph(graph: type[StateGraph]) -> None:
    """Fill in the defaults (initial, failure, timeout states by name). Raises GraphError if the graph is invalid."""
    name = graph.__name__
    if not graph.states:
        raise GraphError(f"{name} declares no states")
    known = list(graph.states.values())
    for reserved in ("state", "states", "initial", "failure", "model", "backoff", "max_attempts"):
        if reserved in graph.states:
            raise GraphError(f"{name}.{reserved}: a state can't have this name, the graph uses it itself")

    initial = [state for state in known if state.initial]
    if len(initial) > 1:
        raise GraphError(f"{name} has {len(initial)} initial states ({_names(initial)}); exactly one must be")
    graph.initial = initial[0] if initial else known[0]

    failures = [state for state in known if state.failure]
    if len(failures) > 1:
        raise GraphError(
            f"{name} has {len(failures)} failure states ({_names(failures)}); at most one may be"
        )
    graph.failure = failures[0] if failures else None

    for state in known:
        _check_state(graph, state)

    seen = {graph.initial.name}
    frontier = [graph.initial]
    while frontier:
        for target in _transitions(graph, frontier.pop()):
            if target.name not in seen:
                seen.add(target.name)
                frontier.append(target)
    lost = [state for state in known if state.name not in seen]
    if lost:
        raise GraphError(f"{name}: no way leads from {graph.initial.name} to {_names(lost)}")


def _check_state(graph: type[StateGraph], state: State) -> None:
    label = state.label
    if isinstance(state.timeout_to, str):
        if state.timeout_to not in graph.states:
            raise GraphError(
                f"{label}: timeout_to names {state.timeout_to!r}, which is not a state of {graph.__name__}"
            )
        state.timeout_to = graph.states[state.timeout_to]
    for target in [*state.transitions, *([state.timeout_to] if isinstance(state.timeout_to, State) else [])]:
        if getattr(target, "graph", None) is not graph:
            raise GraphError(f"{label} goes to {target!r}, which is not a state of {graph.__name__}")
        if target is state:
            raise GraphError(f"{label} goes to itself; a row that stays answers later(reason)")
    if state.resting and state.terminal:
        raise GraphError(f"{label} is both resting and terminal; a terminal state is never left")
    if state.failure and state.is_active:
        raise GraphError(f"{label} is the failure state and must be terminal=True or resting=True")
    # services may move a row out of the failure state: after a user's retry, or contact from the peer
    if state.terminal and not state.failure and (state.transitions or state.timeout_to):
        raise GraphError(f"{label} is terminal and must have no way out")
    if not state.terminal and not state.transitions and state.timeout_to is None:
        kind = "resting" if state.resting else "active"
        raise GraphError(f"{label} is {kind} but no way leads out of it; add one, or make it terminal=True")
    if (state.timeout_after is None) != (state.timeout_to is None):
        missing = "timeout_after" if state.timeout_after is None else "timeout_to"
        raise GraphError(f"{label}: timeout_after and timeout_to belong together; {missing} is missing")
    if state.delete_after is not None and not state.terminal:
        raise GraphError(f"{label}: delete_after is for terminal states")
    if not state.is_active and (state.try_every or state.own_backoff or state.own_max_attempts is not UNSET):
        raise GraphError(f"{label} is never tried; try_every, backoff and max_attempts are for active states")
    if state.is_active and state.max_attempts is not None:
        if state.max_attempts < 1:
            raise GraphError(f"{label}: max_attempts is {state.max_attempts}; it must be 1 or more, or None")
        if graph.failure is None:
            raise GraphError(
                f"{label} gives up after {state.max_attempts} attempts but {graph.__name__} has no failure state; "
                "add State(terminal=True, failure=True), or set max_attempts = None"
            )


def _names(states: Iterable[State]) -> str:
    return ", ".join(state.name for state in states)
