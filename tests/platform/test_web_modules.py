"""Modules that the web process loads when it starts: every listener, and nothing that only the worker needs, because it would take memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_WEB = """
from takahe.cli import environment
environment.set_up_django()
import takahe.commands.web, takahe.urls, takahe.asgi, takahe.serving.connection, takahe.serving.websocket_connection
from core.pages.static_files import assets
from core.pages.templates import load_page_templates
assets()
load_page_templates()
import json, sys
print(json.dumps(sorted(sys.modules)))
"""
_LISTENERS = """
import gc, json, stator
from takahe.cli import environment
from core.events import Event

def listeners():
    found = {(e.name, f"{f.__module__}.{f.__qualname__}") for e in gc.get_objects() if isinstance(e, Event) for f in e._listeners}
    return {place for place in found if not {"handlers", "inbox"} & set(place[1].split("."))}

environment.set_up_django()
at_start = listeners()
import takahe.urls, takahe.asgi
stator.load_handlers()
print(json.dumps([len(at_start), sorted(listeners() - at_start)]))
"""


def _output(program: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def modules() -> set[str]:
    found = _output(_WEB)
    assert isinstance(found, list)
    return set(found)


@pytest.mark.slow
def test_handlers_and_inboxes_are_not_loaded(modules: set[str]) -> None:
    ours = {name for name in modules if name.split(".")[0] in {"activities", "users", "federation", "api"}}
    assert len(ours) > 300
    of_worker = {name for name in ours if {"handlers", "inbox"} & set(name.split("."))}
    receiving = {name for name in of_worker if name.startswith("federation.inbox")}
    assert of_worker - receiving - {"federation.views.inbox"} == set()
    assert "stator.jobs" not in modules
    assert "stator.workers" not in modules


@pytest.mark.slow
def test_packages_that_cost_megabytes_wait_for_their_first_use(modules: set[str]) -> None:
    later = {
        "PIL",
        "aiohttp",
        "anyio",
        "cryptography.hazmat.bindings._rust",
        "fido2",
        "httpx",
        "nh3",
        "segno",
        "tinycss2",
    }
    assert later & modules == set()


@pytest.mark.slow
def test_listeners_are_loaded_in_every_process() -> None:
    """Else a command that removes something would leave behind what others keep about it."""
    found = _output(_LISTENERS)
    assert isinstance(found, list)
    at_start, later = found
    assert at_start > 30
    assert later == []
