"""Pages as a screen reader meets them, in order, from Chromium's own accessibility tree."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page

_LANDMARKS = ("banner", "navigation", "main", "complementary", "contentinfo", "search", "region")
_ONCE = ("banner", "main", "complementary", "contentinfo")
_PRESSED = ("button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "slider", "spinbutton", "switch", "tab",
            "menuitem", "option", "DisclosureTriangle", "PopUpButton", "ComboBoxMenuButton", "Date", "DateTime", "InputTime", "ColorWell")  # fmt: skip
_MEDIA = ("figure", "img", "image", "Video", "Audio", "slider")
# read as part of what contains them
_SILENT = ("generic", "none", "StaticText", "InlineTextBox", "LineBreak", "LabelText", "ListMarker")
_TWICE = """() => { const seen = new Set(), twice = new Set();
    for (const { id } of document.querySelectorAll("[id]")) (seen.has(id) ? twice : seen).add(id);
    return [...twice]; }"""
_HAS_FRAME = "() => Boolean(document.querySelector('.shell'))"


@dataclass(frozen=True)
class Met:
    """One thing in the order of reading. `within` are the roles around it, the outermost first."""

    role: str
    name: str
    within: tuple[str, ...]
    level: int
    number: int  # counts what has been met
    end: int  # of what it contains

    def __str__(self) -> str:
        level = str(self.level or "")
        return f"{self.role}{level} {self.name!r}"


async def met_on(page: Page, line: CDPSession) -> list[Met]:
    """Return everything that is read on the page, in order."""
    nodes = (await line.send("Accessibility.getFullAXTree"))["nodes"]
    by_id: dict[str, Any] = {node["nodeId"]: node for node in nodes}
    met: list[Met | None] = []

    def walk(node: dict[str, Any], within: tuple[str, ...]) -> None:
        role = node.get("role", {}).get("value", "")
        number = len(met)
        is_read = not node.get("ignored") and role not in _SILENT
        if is_read or role == "StaticText":
            met.append(None)
        inside = (*within, role) if is_read else within
        for child in node.get("childIds", ()):
            if child in by_id:
                walk(by_id[child], inside)
        if len(met) > number and met[number] is None and (is_read or role == "StaticText"):
            level = next((p["value"]["value"] for p in node.get("properties", ()) if p["name"] == "level"), 0)
            name = " ".join(str(node.get("name", {}).get("value", "")).split())
            met[number] = Met(role, name, within, level if role == "heading" else 0, number, len(met))

    walk(nodes[0], ())
    return [one for one in met if one]


async def faults_in_order(page: Page, met: list[Met]) -> list[str]:
    """Return what would leave somebody lost who hears the page instead of seeing it."""
    has_frame = await page.evaluate(_HAS_FRAME)
    faults = [f"the id {name} is there twice" for name in await page.evaluate(_TWICE)]
    pressed = [one for one in met if one.role in _PRESSED]
    faults += [f"no name: {one} in {' '.join(one.within)}" for one in pressed if not one.name]
    faults += _of_landmarks(met, has_frame=has_frame)
    faults += _of_headings(met)
    if has_frame:
        if (
            not pressed
            or pressed[0].role != "link"
            or "main" in pressed[0].within
            or "navigation" in pressed[0].within
        ):
            faults.append(f"the link to the content isn't the first: {pressed[:1]}")
        if not any(one.role == "status" for one in met):
            faults.append("no live region waits for messages")
    for article in met:
        inside = met[article.number + 1 : article.end]
        if article.role == "article" and inside and any(one.role == "sectionfooter" for one in inside):
            faults += _of_post(article, inside)
    return faults


def _of_landmarks(met: list[Met], *, has_frame: bool) -> list[str]:
    marks = [one for one in met if one.role in _LANDMARKS]
    number = Counter(one.role for one in marks)
    faults = [f"{number[role]} times {role}" for role in _ONCE if number[role] > 1]
    if number["main"] != 1:
        faults.append(f"{number['main']} times main")
    names = Counter((one.role, one.name) for one in marks if one.role not in _ONCE)
    faults += [f"two of {role} have the name {name!r}" for (role, name), times in names.items() if times > 1]
    faults += [f"no name: {one}" for one in marks if one.role in {"navigation", "region"} and not one.name]
    if has_frame:
        outer = [one.role for one in marks if not set(one.within) & set(_LANDMARKS)]
        order = [role for role in outer if role in {"navigation", "main", "complementary"}]
        if order != sorted(order, key=("navigation", "main", "complementary").index):
            faults.append(f"landmarks come as {order}")
    return faults


def _of_headings(met: list[Met]) -> list[str]:
    headings = [one for one in met if one.role == "heading" and "dialog" not in one.within]
    first = [one for one in headings if one.level == 1]
    faults = [] if len(first) == 1 else [f"{len(first)} headings of the first level"]
    faults += [f"no name: {one}" for one in headings if not one.name]
    in_main = [one for one in headings if "main" in one.within]
    if in_main and in_main[0].level != 1:
        faults.append(f"the content begins with {in_main[0]}")
    before = 0
    for one in headings:
        if before and one.level > before + 1:
            faults.append(f"{one} comes after a heading of level {before}")
        before = one.level
    return faults


def _of_post(post: Met, inside: list[Met]) -> list[str]:
    """A post is read as: who, when, the text, the media, what can be done; when comes after the media in the one that is looked at."""
    first: dict[str, int] = {}
    for one in inside:
        if "blockquote" in one.within:
            continue
        if one.role == "link" and one.name and one.name in post.name:
            first.setdefault("author", one.number)
        elif "sectionfooter" in one.within:
            first.setdefault("actions", one.number)
        elif one.role == "time":
            first.setdefault("time", one.number)
        elif one.role in _MEDIA and one.within[-1] not in {"button", "link"}:
            first.setdefault("media", one.number)
        elif one.role == "paragraph" and "author" in first:  # the reason for which it is there comes before
            first.setdefault("text", one.number)
    order = sorted(first, key=lambda part: first[part])
    wanted = ("author", "time", "text", "media", "actions")
    looked_at = ("author", "text", "media", "time", "actions")
    if (
        any(order == [part for part in parts if part in first] for parts in (wanted, looked_at))
        and "author" in first
    ):
        return []
    return [f"the post of {post.name!r} is read as {order}"]


def outline(met: list[Met]) -> list[str]:
    """Return landmarks, headings, posts and what can be pressed, as lines, without times."""
    kinds = (*_LANDMARKS, *_PRESSED, "heading", "article", "status", "alert")
    return [str(one) for one in met if one.role in kinds]
