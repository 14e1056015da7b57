"""Mastodon.py with every response checked: `client.status_post(…)` as in the library; faults are recorded."""

import inspect
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Optional, get_type_hints

import requests
from mastodon import Mastodon, return_types
from mastodon.types_base import try_cast_recurse

from tests.clients.support.return_types import problems
from tests.support.waiting import PATIENCE_S


class Wire(requests.Session):
    """A recorder of the last response (its JSON, None without a body), and of the calls made."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Any = None
        self.statuses: list[int] = []

    def request(self, *arguments: Any, **options: Any) -> Any:
        response = super().request(*arguments, **options)
        self.statuses.append(response.status_code)
        if not options.get("stream"):
            is_json = response.headers.get("content-type", "").startswith("application/json")
            self.last = response.json() if is_json and response.content else None
        return response


# these don't return a single response unchanged
_DERIVED = {
    "suggestions",
    "fetch_remaining",
    "pagination_iterator",
    "pagination_page_iterator",
    "filters_apply",
}
# declared with another type than Mastodon sends
_DECLARED = {
    "filter_v2": return_types.FilterV2,
    "featured_tag_suggestions": list[return_types.Tag],
    "admin_accounts": list[return_types.AdminAccount],
    "admin_accounts_v1": list[return_types.AdminAccount],
}


def public_methods() -> dict[str, Callable[..., Any]]:
    """Return every public method of the library."""
    return {
        name: method
        for name, method in inspect.getmembers(Mastodon, inspect.isfunction)
        if not name.startswith("_")
    }


# according to Mastodon's documentation and code each of them is an Admin::Account
for _name in ("account", "target_account", "assigned_account", "action_taken_by_account"):
    is_sometimes_null = _name in {"assigned_account", "action_taken_by_account"}
    return_types.AdminReport.__annotations__[_name] = (
        Optional[return_types.AdminAccount]  # noqa: UP045 - the library knows no other spelling
        if is_sometimes_null
        else return_types.AdminAccount
    )


class Client:
    """The library for one user. Calls are forwarded to it; `called` has their names, `wrong` the responses that differ from their declaration."""

    def __init__(self, base_url: str, token: str | None = None, **options: Any) -> None:
        self.wire = Wire()
        self.library = Mastodon(
            api_base_url=base_url,
            access_token=token,
            session=self.wire,
            request_timeout=PATIENCE_S,
            ratelimit_method="throw",
            **options,
        )
        self.called: set[str] = set()
        self.wrong: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.library, name)
        if name not in public_methods():
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            self.called.add(name)
            self.wire.last = None
            result = found(*arguments, **options)
            self._look_at(name, result)
            return result

        return call

    def _look_at(self, name: str, result: Any) -> None:
        if name in _DERIVED:
            return
        hint = get_type_hints(public_methods()[name], vars(return_types)).get("return")
        if name in _DECLARED:
            hint, result = _DECLARED[name], try_cast_recurse(_DECLARED[name], self.wire.last)
        if hint is None or self.wire.last is None or not isinstance(result, dict | list):
            return
        self.wrong += problems(hint, result, self.wire.last, name)


class Cast(NamedTuple):
    """The users of a test."""

    ada: Client
    bob: Client
    cy: Client


def until(condition: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
    """Return the first true value of `condition`, which asks a server with the library (blocking, and so does this)."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, (
            f"Not so after {timeout_s} s: {inspect.getsource(condition).strip()} with {inspect.getclosurevars(condition).nonlocals}"
        )
        time.sleep(0.05)
    return value
