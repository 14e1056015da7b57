"""Pages in a browser: largest contentful paint (LCP), layout shift (CLS), response to input (INP), and the cost of two hundred posts. Compared
with the text of the same page without styles and scripts, in turns in the same browser.

Metrics and limits: web.dev/articles/vitals. `python -m benchmarks.pages.in_browser`; Chromium is found as in the tests (`CHROMIUM` overrides it).
"""

import asyncio
import sys
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

from benchmarks.pages.presses import presses
from benchmarks.pages.tabs import PHONE, tab, text_alone
from benchmarks.support.common import free_port, process, wait_for_port
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import (
    FIRST_POST,
    make_people,
    run,
    write_notifications,
    write_posts,
    write_thread,
)
from tests.support.browser import FLAGS, chromium

POSTS = 1_000
ROUNDS = 5
LCP_MS, CLS, LONG_TASK_MS = 1_200, 0.02, 50
TAB_MB = 60
SCROLLED = 200
DESK = {"width": 1440, "height": 900}
PAGES = ("/home", "/notifications", "/local", "/search", "/@n201@{host}", "/settings")


async def _prepare(host: str) -> tuple[str, str]:
    """Create users, posts, a thread and notifications on the domain `host`; return a session cookie and the path of the thread."""
    from activities.posts.models import Post
    from core.db import own_connection, sql
    from users.domains.models import Domain
    from users.identities.models import Identity
    from users.logins.cookies import cookie_name
    from users.logins.models import IdentityAccess
    from users.logins.services import logins

    async with own_connection():
        viewer = await make_people()
        await write_posts(POSTS, viewer)
        await write_thread(50, viewer)
        await write_notifications(viewer)
        for statement in (
            "UPDATE users_domain SET name = %s",
            "UPDATE users_identity SET host = %s, icon_url = ''",
        ):
            await sql.run(statement, [host])
        await sql.run("DELETE FROM activities_attachment")  # their hosts don't exist
        await sql.run("UPDATE activities_previewcard SET image_url = ''")
        domain = await Domain.objects.aget()
        user = await logins.create_user(email="a@bench.test", password="not a secret")
        await IdentityAccess.objects.acreate(user=user, identity=await Identity.objects.aget(pk=viewer))
        _, cookie = await logins.open_session(
            user=user, domain=domain, address="127.0.0.1", user_agent="bench"
        )
        first = await Post.objects.select_related("author").aget(pk=FIRST_POST)
        return f"{cookie_name(domain)}={cookie}", f"/@{first.author.handle}/{FIRST_POST}"


async def _load(
    browser: Browser, cookie: str, address: str, path: str, size: dict[str, int] = PHONE
) -> dict[str, Any]:
    async with tab(browser, cookie, address, size) as (page, _):
        await page.goto(address + path)
        await page.wait_for_load_state("networkidle")
        await page.wait_for_timeout(200)
        found: dict[str, Any] = await page.evaluate("seen")
        return found


async def _bare(browser: Browser, cookie: str, address: str, path: str) -> float:
    """Return the LCP of the page's text alone."""
    async with tab(browser, cookie, address) as (page, _):
        await page.route("**/*", text_alone)
        await page.goto(address + path)
        await page.wait_for_timeout(200)
        found: float = await page.evaluate("seen.lcp")
        return found


async def _pages(browser: Browser, cookie: str, address: str, host: str) -> bool:
    held = True
    for pattern in PAGES:
        path = pattern.format(host=host)
        bare, ours, moved = [], [], []
        culprits: set[str] = set()
        for _ in range(ROUNDS):
            bare.append(await _bare(browser, cookie, address, path))
            seen = await _load(browser, cookie, address, path)
            ours.append(seen["lcp"])
            moved.append(seen["cls"])
            culprits.update(seen["moved"])
        lcp, beside = median(ours), median(bare)
        well = lcp <= LCP_MS and max(moved) <= CLS
        held &= well
        print(
            f"{pattern}: LCP {lcp:.0f} ms (the words alone {beside:.0f} ms), bound ≤ {LCP_MS}; CLS {max(moved):.3f}, bound ≤ {CLS} "
            f"{'ok' if well else 'MISSED'}",
            *sorted(culprits),
            sep="\n  ",
        )
    return held


async def _on_desks(browser: Browser, cookie: str, address: str, host: str) -> bool:
    """Measure layout shift on wide screens, where the right column is loaded after the page."""
    moved = {}
    for pattern in PAGES:
        path = pattern.format(host=host)
        moved[pattern] = max([(await _load(browser, cookie, address, path, DESK))["cls"] for _ in range(2)])
    worst = max(moved, key=lambda path: moved[path])
    held = moved[worst] <= CLS
    print(
        f"at {DESK['width']} px: largest CLS {moved[worst]:.3f} ({worst}), bound ≤ {CLS} {'ok' if held else 'MISSED'}"
    )
    return held


async def _scrolling(browser: Browser, cookie: str, address: str) -> bool:
    async with tab(browser, cookie, address) as (page, tools):
        await page.goto(f"{address}/home")
        await page.wait_for_load_state("networkidle")
        await page.evaluate("seen.tasks.length = 0")
        for _ in range(SCROLLED):
            if await page.locator("article.post").count() >= SCROLLED:
                break
            await page.mouse.wheel(0, 1500)
            await page.wait_for_timeout(150)
        shown = await page.locator("article.post").count()
        tasks = await page.evaluate("seen.tasks")
        await tools.send("HeapProfiler.collectGarbage")
        await tools.send("Performance.enable")
        metrics = {
            one["name"]: one["value"] for one in (await tools.send("Performance.getMetrics"))["metrics"]
        }
    heap = metrics["JSHeapUsedSize"] / 1e6
    longest = max(tasks, default=0)
    held = shown >= SCROLLED and longest <= LONG_TASK_MS and heap <= TAB_MB
    print(
        f"{shown} posts scrolled: longest task {longest:.0f} ms (bound ≤ {LONG_TASK_MS}), scripts' memory {heap:.1f} MB (bound ≤ {TAB_MB}), "
        f"{metrics['Nodes']:.0f} nodes {'ok' if held else 'MISSED'}"
    )
    return held


async def _measure(cookie: str, thread: str, address: str, host: str) -> bool:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        held = await _pages(browser, cookie, address, host)
        held &= await _on_desks(browser, cookie, address, host)
        held &= await presses(
            browser, cookie, address, {"thread": thread, "author": thread.rpartition("/")[0]}
        )
        held &= await _scrolling(browser, cookie, address)
        await browser.close()
        return held


def main() -> bool:
    port = free_port()
    host = f"localhost:{port}"
    with migrated_database():
        made: list[tuple[str, str]] = []

        async def prepare() -> None:
            made.append(await _prepare(host))

        run(prepare)
        command = [sys.executable, "-m", "takahe", "web", "--port", str(port)]
        with process(command, {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}) as child:
            wait_for_port(port, child)
            return asyncio.run(_measure(*made[0], f"http://{host}", host))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
