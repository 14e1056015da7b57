"""Response of pages to input (INP): presses, letters, menus, keys. Beside them the same page without styles and scripts, in which what
the browser does by itself is pressed and typed into.
"""

from statistics import median

from playwright.async_api import Browser, Page

from benchmarks.pages.tabs import tab, text_alone

INP_MS = 100
ROUNDS = 3  # the median of which counts: other processes delay single ones
_LETTERS = "Good morning @n2 and the others"
# what is pressed, or after a colon typed into it; a key alone is pressed on the page
PRESSES = {
    "/home": (
        "article .act.like",
        "article .act.bookmark",
        "article details.menu > summary",
        "a.start",
        "Escape",
        *"jjjjj",
    ),
    "{thread}": (
        "article.focus .act.like",
        ".branch .act.like",
        ".branch details.menu > summary",
        "Escape",
        ".branch .act.reply",
        f".composing textarea[name=text]:{_LETTERS}",
    ),
    "/notifications": ("article .act.like", "article details.menu > summary", "Escape", ".dismiss", *"jjj"),
    "{author}": (
        ".note-of > summary",
        ".note-of textarea:Met at the harbour",
        "article .act.like",
        "article details.menu > summary",
        "Escape",
    ),
    "/search": ("main input[type=search]:n20", "Escape"),
    "/compose": (
        f"textarea[name=text]:{_LETTERS}",
        "summary[title=Poll]",
        "input[name=option_1]:Yes",
        ".pill",
        "Escape",
        ".tools > .tool",
        ".emoji-picker input:bird",
    ),
}
_BARE = ("summary", "textarea, input[type=search]")


async def presses(browser: Browser, cookie: str, address: str, parts: dict[str, str]) -> bool:
    """Press, type and open on each page; print the slowest interaction of each. `parts` fill in its path."""
    held = True
    for pattern, steps in PRESSES.items():
        path = pattern.format(**parts)
        ours, bare = [], []
        for _ in range(ROUNDS):
            async with tab(browser, cookie, address) as (page, _tools):
                await page.goto(address + path)
                await page.wait_for_load_state("networkidle")
                for step in steps:
                    await _do(page, step)
                ours.append(await page.evaluate("Math.max(0, ...seen.events)"))
            bare.append(await _bare(browser, cookie, address, path))
        slowest = median(ours)
        held &= slowest <= INP_MS
        print(
            f"INP on {pattern}: {_words(slowest)} (the words alone {_words(median(bare))}), bound ≤ {INP_MS} "
            f"{'ok' if slowest <= INP_MS else 'MISSED'}"
        )
    return held


def _words(duration: float) -> str:
    return f"{duration:.0f} ms" if duration else "below 16 ms"


async def _do(page: Page, step: str) -> None:
    place, _, letters = step.rpartition(":") if ":" in step else (step, "", "")
    if step == "Escape" or len(step) == 1:
        await page.keyboard.press(step)
    elif letters:
        await page.locator(place).first.focus()
        await page.keyboard.type(letters, delay=40)
    else:
        await page.locator(place).first.click()
    await page.wait_for_timeout(400)


async def _bare(browser: Browser, cookie: str, address: str, path: str) -> float:
    """Return the slowest interaction with the page's text alone: what opens is opened, and typed into is its first field."""
    async with tab(browser, cookie, address) as (page, _):
        await page.route("**/*", text_alone)
        await page.goto(address + path)
        for place in _BARE:
            found = page.locator(place).filter(visible=True).first
            if not await found.count():
                continue
            await found.click()
            if place != "summary":
                await page.keyboard.type(_LETTERS, delay=40)
            await page.wait_for_timeout(200)
        slowest: float = await page.evaluate("Math.max(0, ...seen.events)")
        return slowest
