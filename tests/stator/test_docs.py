"""The page for developers shows what is true."""

import re
from datetime import timedelta
from pathlib import Path

import stator
from stator import Backoff, State, StateGraph

PAGE = Path(__file__).resolve().parents[2] / "docs" / "develop" / "stator.md"


def test_the_example_draws_the_diagram_beside_it() -> None:
    text = PAGE.read_text()
    declaration = re.search(r"```python\n(class LetterGraph.*?)\n\n\nclass Letter\(", text, re.DOTALL)
    diagram = re.search(r"```mermaid\n(.*?)\n```", text, re.DOTALL)
    assert declaration
    assert diagram
    names = {"State": State, "StateGraph": StateGraph, "Backoff": Backoff, "timedelta": timedelta}
    exec(declaration[1], names)
    graph = names["LetterGraph"]
    assert isinstance(graph, type)
    assert issubclass(graph, StateGraph)
    assert graph.mermaid() == diagram[1]


def test_every_public_function_is_named() -> None:
    text = PAGE.read_text()
    functions = [
        name
        for name in stator.__all__
        if name.islower() and name not in {"install_triggers", "stateful_models"}
    ]
    assert [name for name in functions if name not in text] == []
