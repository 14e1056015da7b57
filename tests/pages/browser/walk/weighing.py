"""The cost of a first visit to a page: bytes as they are sent, requests, and how far the page moves while it comes."""

from types import TracebackType
from typing import Any, Self

from playwright.async_api import CDPSession, Page

# "/@ana/N" is a thread
WEIGHED = (
    "/",
    "/home",
    "/compose",
    "/@ana/N",
    "/@ana",
    "/notifications",
    "/search?q=a",
    "/settings",
    "/explore",
)
MOST_BYTES = 150_000
MOST_REQUESTS = 28
MOST_SHIFT = 0.02  # CLS
_LIGHT = {"Image", "Font", "Media", "Ping"}  # those that don't count
_SHIFT = """() => new Promise((tell) => {
    let shift = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) shift += one.value; })
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => tell(shift)));
})"""


class Scale:
    """Weighs what comes while it is entered, with an empty cache."""

    def __init__(self, line: CDPSession) -> None:
        self.line = line
        self.bytes: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        line.on("Network.requestWillBeSent", self._ask)
        line.on("Network.loadingFinished", self._finish)

    async def __aenter__(self) -> Self:
        await self.line.send("Network.enable")
        await self.line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.bytes.clear()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.line.send("Network.setCacheDisabled", {"cacheDisabled": False})
        await self.line.send("Network.disable")

    def faults(self) -> list[str]:
        total = sum(self.bytes.values())
        faults = [f"weighs {total} bytes"] if total > MOST_BYTES else []
        if len(self.bytes) > MOST_REQUESTS:
            faults.append(f"takes {len(self.bytes)} requests")
        if total < MOST_BYTES // 10:
            faults.append(f"weighs only {total} bytes: the scale is broken")
        return faults

    def _ask(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event.get("type", "")

    def _finish(self, event: dict[str, Any]) -> None:
        if self._kinds.get(event["requestId"]) not in _LIGHT:
            self.bytes[event["requestId"]] = int(event["encodedDataLength"])


async def shift_of(page: Page) -> list[str]:
    """Return by how much the page has moved since it began to come, if that is more than readers should see."""
    shift: float = await page.evaluate(_SHIFT)
    return [f"moves by {shift:.3f} while it comes"] if shift > MOST_SHIFT else []
