"""The home page of a logged-in user, compared with the same twenty posts as JSON from the same process. 16 clients.

Both use the same database, filters and flags; the page also has navigation and sidebar.
"""

import sys

from benchmarks.support.common import asgi_process, cpu_seconds, load, report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import HOST, TOKEN, make_people, make_token, run, write_posts

BOUND = 0.5
ROUNDS = 3
POSTS = 2_000
APP = "takahe.asgi:application"


async def _prepare() -> str:
    """Create users, posts, filters and a token; return a session cookie."""
    from activities.filters.services import KeywordDraft, create_filter
    from core.db import own_connection
    from users.domains.models import Domain
    from users.identities.models import Identity
    from users.logins.cookies import cookie_name
    from users.logins.models import User
    from users.logins.services import logins

    async with own_connection():
        viewer_id = await make_people()
        await write_posts(POSTS, viewer_id)
        viewer = await Identity.objects.aget(pk=viewer_id)
        await create_filter(
            identity=viewer,
            title="Bench",
            contexts=["home"],
            keywords=[KeywordDraft(keyword=word) for word in ("spoiler", "number 7", "ending")],
        )
        await make_token(viewer)
        domain = await Domain.objects.aget()
        user = await User.objects.aget()
        _, cookie = await logins.open_session(
            user=user, domain=domain, address="127.0.0.1", user_agent="bench"
        )
        return f"{cookie_name(domain)}={cookie}"


def _measure(path: str, headers: dict[str, str]) -> float:
    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    with asgi_process(APP, environment) as (port, pid):
        before = cpu_seconds(pid)
        seen = load(port, path, host=HOST, seconds=4, warm_up_s=1, headers=headers)
        used = cpu_seconds(pid) - before
    if seen.errors:
        raise SystemExit(f"{path}: {seen.errors} errors")
    cpu_us = used / seen.requests * 1e6 * 4 / 5
    print(
        f"  {path}: {seen.per_second:.0f}/s, p50 {seen.p50_ms:.1f} ms, {cpu_us:.0f} µs processor time a request"
    )
    return seen.per_second


def main() -> bool:
    with migrated_database():
        cookies: list[str] = []

        async def prepare() -> None:
            cookies.append(await _prepare())

        run(prepare)
        sides = {
            "/home": {"Cookie": cookies[0], "Accept": "text/html"},
            "/api/v1/timelines/home": {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"},
        }
        best = dict.fromkeys(sides, 0.0)
        for _ in range(ROUNDS):
            for path, headers in sides.items():
                best[path] = max(best[path], _measure(path, headers))
    return report("home as a page, 16 clients", best["/home"], best["/api/v1/timelines/home"], BOUND)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
