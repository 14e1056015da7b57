"""The page of a circle, a list or one's own collection: who is in it, and whom to add."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from core.asgi.request import Request
from core.db.paging import Page
from users.identities.queries.profiles import Profile, load_profiles
from web.pages import query_number
from web.people.finding import MAX_QUERY_LENGTH, people_named

MEMBERS = 100  # shown at once


@dataclass(frozen=True)
class Member:
    """A member, and the path that removes them. `state` is that of an item of a collection."""

    person: Profile
    remove_path: str
    state: str = ""


@dataclass(frozen=True)
class Found:
    """An account that was searched for. `is_unknown`: the user has to follow it to add it."""

    person: Profile
    is_inside: bool
    may_be_added: bool = True
    is_unknown: bool = False


async def page_of_members(
    request: Request,
    read: Callable[[Page], Awaitable[list[tuple[int, int]]]],
    remove_path: Callable[[int], str],
) -> dict[str, Any]:
    """Return the template's values for the requested page of `[(row id, identity id)]` that `read` returns."""
    rows = await read(Page(limit=MEMBERS + 1, max_id=query_number(request, "max_id")))
    has_more, rows = len(rows) > MEMBERS, rows[:MEMBERS]
    profiles = await load_profiles([identity_id for _, identity_id in rows])
    members = [
        Member(profiles[identity_id], remove_path(identity_id))
        for _, identity_id in rows
        if identity_id in profiles
    ]
    return {"members": members, "older": rows[-1][0] if has_more else None}


async def people_found(
    request: Request, judge: Callable[[list[Profile]], Awaitable[list[Found]]]
) -> dict[str, Any]:
    """Return the template's values for the search in the query: the matching accounts, as `judge` describes them."""
    text = request.GET.get("q", "").strip()[:MAX_QUERY_LENGTH]
    people, problem = await people_named(request, text) if text else ([], "")
    found = await judge(people) if people else []
    return {"q": text, "longest": MAX_QUERY_LENGTH, "found": found, "problem": problem}
