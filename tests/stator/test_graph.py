"""Graphs are checked when they are declared; every complaint says what and where."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stator import Backoff, GraphError, HandlerError, State, StateGraph, later
from stator.updates import outcome_to_update, tidy

DAY = timedelta(days=1)


class LetterGraph(StateGraph):
    """A letter."""

    max_attempts = 3
    backoff = Backoff(base=timedelta(seconds=10), cap=timedelta(minutes=1))

    written = State(doc="in the box: waits")
    posted = State(resting=True, timeout_after=14 * DAY, timeout_to="lost")
    read = State(terminal=True, delete_after=DAY)
    lost = State(terminal=True, failure=True)
    written.to(posted, lost)
    posted.to(read)


def _declare(max_attempts: int | None = None, **states: State) -> None:
    type("BadGraph", (StateGraph,), {"max_attempts": max_attempts, **states})


def _pair(a: State, b: State) -> dict[str, State]:
    a.to(b)
    return {"a": a, "b": b}


def _self_loop() -> dict[str, State]:
    states = _pair(State(), State(terminal=True))
    states["a"].to(states["a"])
    return states


def _reserved() -> dict[str, State]:
    return {"initial": State(terminal=True)}


end = {"terminal": True}
COMPLAINTS: list[tuple[Callable[[], dict[str, Any]], str]] = [
    (dict, "BadGraph declares no states"),
    (
        lambda: _pair(State(initial=True), State(initial=True)),
        "BadGraph has 2 initial states (a, b); exactly one must be",
    ),
    (
        lambda: {"a": State()},
        "BadGraph.a is active but no way leads out of it; add one, or make it terminal=True",
    ),
    (
        lambda: {"a": State(resting=True)},
        "BadGraph.a is resting but no way leads out of it; add one, or make it terminal=True",
    ),
    (lambda: {"a": State(**end), "b": State(**end)}, "BadGraph: no way leads from a to b"),
    (lambda: _pair(State(**end), State(**end)), "BadGraph.a is terminal and must have no way out"),
    (
        lambda: _pair(State(resting=True, **end), State(**end)),
        "BadGraph.a is both resting and terminal; a terminal state is never left",
    ),
    (
        lambda: _pair(State(), State(failure=True)),
        "BadGraph.b is the failure state and must be terminal=True or resting=True",
    ),
    (
        lambda: {**_pair(State(), State(failure=True, **end)), "c": State(failure=True, **end)},
        "BadGraph has 2 failure states (b, c); at most one may be",
    ),
    (_self_loop, "BadGraph.a goes to itself; a row that stays answers later(reason)"),
    (_reserved, "BadGraph.initial: a state can't have this name, the graph uses it itself"),
    (
        lambda: _pair(State(timeout_after=DAY), State(**end)),
        "BadGraph.a: timeout_after and timeout_to belong together; timeout_to is missing",
    ),
    (
        lambda: _pair(State(timeout_to="b"), State(**end)),
        "BadGraph.a: timeout_after and timeout_to belong together; timeout_after is missing",
    ),
    (
        lambda: _pair(State(timeout_after=DAY, timeout_to="z"), State(**end)),
        "BadGraph.a: timeout_to names 'z', which is not a state of BadGraph",
    ),
    (lambda: _pair(State(delete_after=DAY), State(**end)), "BadGraph.a: delete_after is for terminal states"),
    (
        lambda: _pair(State(), State(try_every=DAY, **end)),
        "BadGraph.b is never tried; try_every, backoff and max_attempts are for active states",
    ),
    (
        lambda: {"max_attempts": 5, **_pair(State(), State(**end))},
        "BadGraph.a gives up after 5 attempts but BadGraph has no failure state; add State(terminal=True, failure=True), "
        "or set max_attempts = None",
    ),
    (
        lambda: {"max_attempts": 0, **_pair(State(), State(failure=True, **end))},
        "BadGraph.a: max_attempts is 0; it must be 1 or more, or None",
    ),
    (
        lambda: _pair(State(), LetterGraph.read),
        "BadGraph.b goes to <State LetterGraph.lost>, which is not a state of BadGraph",
    ),
]


@pytest.mark.parametrize(("states", "complaint"), COMPLAINTS[:-1], ids=[text for _, text in COMPLAINTS[:-1]])
def test_a_graph_that_makes_no_sense_is_refused(states: Callable[[], dict[str, Any]], complaint: str) -> None:
    with pytest.raises(GraphError) as caught:
        _declare(**states())
    assert str(caught.value) == complaint


def test_a_way_into_another_graph_is_refused() -> None:
    here = State()
    here.to(LetterGraph.read)
    with pytest.raises(
        GraphError, match=r"BadGraph.a goes to <State LetterGraph.read>, which is not a state of BadGraph"
    ):
        _declare(a=here)


def test_the_first_state_is_the_initial_one_unless_another_says_so() -> None:
    assert LetterGraph.initial is LetterGraph.written
    first, second = State(**end), State(initial=True)
    second.to(first)
    graph = type("SmallGraph", (StateGraph,), {"max_attempts": None, "first": first, "second": second})
    assert graph.initial.name == "second"


def test_a_state_is_its_name() -> None:
    assert LetterGraph.read == "read"
    assert "read" in {LetterGraph.read}
    assert str(LetterGraph.read) == "read"
    assert LetterGraph.read != "lost"


def test_the_diagram_shows_every_way() -> None:
    assert LetterGraph.mermaid() == "\n".join(
        [
            "stateDiagram-v2",
            "    [*] --> written",
            "    written: written<br/>in the box – waits",
            "    written --> posted",
            "    written --> lost",
            "    posted --> read",
            "    posted --> lost: after 14 days",
            "    read --> [*]: deleted after 1 day",
            "    lost --> [*]",
        ]
    )


def test_handlers_are_hung_once_and_only_where_they_would_run() -> None:
    async def handle(letters: list[Any]) -> Any: ...

    async def handle_too(letters: list[Any]) -> Any: ...

    state, final = State(), State(**end)
    graph: Any = type("OnceGraph", (StateGraph,), {"max_attempts": None, **_pair(state, final)})
    state.batch()(handle)
    state.batch()(handle)  # the module was imported under two names
    with pytest.raises(HandlerError, match=r"OnceGraph.a has two handlers: .*\.handle and .*\.handle_too"):
        state.batch()(handle_too)
    with pytest.raises(
        HandlerError, match=r"OnceGraph.b is terminal; a handler \(.*\.handle\) would never run"
    ):
        graph.b.batch()(handle)
    with pytest.raises(HandlerError, match=r"OnceGraph.a: size is 0"):
        state.batch(size=0)(handle)
    with pytest.raises(HandlerError, match=r"OnceGraph.a: concurrency is 0"):
        state.each(concurrency=0)(handle)
    with pytest.raises(HandlerError, match=r"OnceGraph.a: a lease is at least one second"):
        state.each(lease=timedelta())(handle)


def test_waits_double_up_to_the_cap_and_vary_by_a_quarter() -> None:
    waits = [LetterGraph.written.retry_delay_s(attempt) for attempt in (1, 2, 3, 4, 40, 4000)]
    assert waits == [10, 20, 40, 60, 60, 60]
    due = {outcome_to_update(LetterGraph.written, 2, later("busy")).due_s for _ in range(50)}
    assert len(due) > 1
    assert all(15 <= wait <= 25 for wait in due if wait is not None)


def test_a_given_wait_is_kept_and_the_last_attempt_gives_up() -> None:
    assert outcome_to_update(LetterGraph.written, 1, later("busy", after=DAY)).due_s == DAY.total_seconds()
    update = outcome_to_update(LetterGraph.written, 3, later("busy"))
    assert (update.state, update.error, update.failed_in, update.due_s) == ("lost", "busy", "written", None)


def test_reasons_are_one_printable_line() -> None:
    assert tidy("a\r\nb\x00\u202e c") == "a b c"
    assert tidy("x" * 501) == "x" * 499 + "…"
