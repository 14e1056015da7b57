"""Tabs of a browser that watch what the page does: its largest paint, shifts, long tasks, and how long each interaction took."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, CDPSession, Page, Route

PHONE = {"width": 390, "height": 844}
_OBSERVE = """
window.seen = {lcp: 0, cls: 0, moved: [], events: [], tasks: []};
const watch = (type, each, more) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({type, buffered: true, ...more});
watch("largest-contentful-paint", (one) => { seen.lcp = one.startTime; });
const tag = (node) => node?.cloneNode?.(false).outerHTML?.slice(0, 120) ?? node?.nodeName;
watch("layout-shift", (one) => {
  if (one.hadRecentInput) return;
  seen.cls += one.value;
  if (one.value > 0.01) seen.moved.push(...one.sources.map(({node, previousRect: was, currentRect: is}) => `${was.y} → ${is.y} px: ${tag(node)}`));
});
watch("event", (one) => { if (one.interactionId) seen.events.push(one.duration); }, {durationThreshold: 16});
watch("longtask", (one) => seen.tasks.push(one.duration));
"""


@asynccontextmanager
async def tab(
    browser: Browser, cookie: str, address: str, size: dict[str, int] = PHONE
) -> AsyncIterator[tuple[Page, CDPSession]]:
    """Open a tab, of a phone by default, with an empty cache and a session."""
    name, _, value = cookie.partition("=")
    context = await browser.new_context(viewport=size, service_workers="block")  # type: ignore[arg-type]
    await context.add_cookies([{"name": name, "value": value, "url": address}])
    await context.add_init_script(_OBSERVE)
    page = await context.new_page()
    yield page, await context.new_cdp_session(page)
    await context.close()


async def text_alone(route: Route) -> None:
    """Answer with the page without its styles, scripts and drawings."""
    answer = await route.fetch()
    body = re.sub(r"<(script|style|svg)\b.*?</\1>|<link[^>]*>", "", await answer.text(), flags=re.DOTALL)
    await route.fulfill(response=answer, body=body)
