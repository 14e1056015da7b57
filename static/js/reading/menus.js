// Menus by keyboard and within the window, and the small one of Boost. Loaded with the first menu that opens (site.js).

import { loadSheet, t } from "../site.js";

const GAP = 8;
const itemsOf = (menu) => [...menu.querySelectorAll(":scope > div a, :scope > div button, :scope > [role=menuitem]")]
  .filter((item) => !item.disabled && item.offsetParent);
const within = (target) => target.closest?.("details.menu[open], .boost-menu");

// Below its button, above it where there is more room; it scrolls where there is too little.
function place(menu) {
  const box = menu.querySelector(":scope > div"), from = menu.querySelector("summary").getBoundingClientRect();
  box.removeAttribute("style");
  const bar = document.querySelector(".main-nav"), head = document.querySelector("main > .page-head")?.getBoundingClientRect();
  const isBar = bar && getComputedStyle(bar).position === "fixed" && !bar.contains(menu);
  const below = (isBar ? bar.getBoundingClientRect().top : innerHeight) - from.bottom - GAP;
  const above = from.top - Math.max(0, head?.bottom ?? 0) - GAP;
  if (box.offsetHeight <= below || bar?.contains(menu)) return;
  Object.assign(box.style, { bottom: above > below ? "100%" : "", maxHeight: `${Math.max(96, above, below)}px`, overflowY: "auto" });
}

export function opened(menu) {
  place(menu);
  if (menu.dataset.byKeys) itemsOf(menu)[0]?.focus({ preventScroll: true });
}
// the actions of a post come when its menu opens
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const menu = target.closest?.("details.menu[open]");
  if (!menu) return;
  place(menu);
  // who has many accounts types a part of a name; on phones that would open the keyboard
  const find = matchMedia("(hover: hover)").matches && menu.querySelector(".others > input");
  if (find && !find.parentElement.contains(document.activeElement)) find.focus({ preventScroll: true });
  else if (menu.dataset.byKeys && !menu.contains(document.activeElement)) itemsOf(menu)[0]?.focus({ preventScroll: true });
});
document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details.menu:not([open])")) delete target.dataset.byKeys;
}, true);
// Many accounts are found by a part of their name.
document.addEventListener("input", ({ target }) => {
  const accounts = target.closest?.(".switcher .others"), words = target.value.trim().toLowerCase();
  for (const form of accounts?.querySelectorAll("form") ?? []) form.hidden = !form.innerText.toLowerCase().includes(words);
});
document.addEventListener("keydown", (event) => {
  const menu = within(event.target);
  if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
  const isSearch = event.target.matches(".others > input");
  if (isSearch && event.key === "Enter") itemsOf(menu)[0]?.click();
  if (!(isSearch ? event.key.startsWith("Arrow") : event.target.matches("a, button, summary, [role=menuitem]"))) return;
  const items = itemsOf(menu), here = items.indexOf(event.target), last = items.length - 1;
  const next = {
    ArrowDown: here < last ? here + 1 : 0, ArrowUp: here > 0 ? here - 1 : last, Home: 0, End: last,
  }[event.key];
  if (next === undefined || !items.length) return;
  event.preventDefault();
  items[next].focus();
});

// Boost, or quote. The button itself is pressed for the first, so that everything else about it stays as it is.
export async function boostOrQuote(button) {
  const sheet = loadSheet("/static/css/parts/dialogs.css");
  if (!sheet.sheet) await new Promise((done) => { for (const end of ["load", "error"]) sheet.addEventListener(end, done, { once: true }); });
  const menu = document.createElement("div");
  menu.className = "boost-menu";
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  const make = (name, words, icon) => {
    const item = document.createElement(name);
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    const sign = button.querySelector("svg").cloneNode(true);
    sign.firstElementChild.setAttribute("href", sign.firstElementChild.getAttribute("href").replace(/#.*/, `#${icon}`));
    item.append(sign, words);
    menu.append(item);
    return item;
  };
  const isOn = button.getAttribute("aria-pressed") === "true";
  const boost = make("button", isOn ? t("Undo boost") : t("Boost"), "boost");
  boost.type = "button";
  const quote = make("a", t("Quote"), "quote");
  quote.href = `/compose?quote=${button.closest("article.post").dataset.post}`;
  menu.setAttribute("aria-label", boost.textContent);
  boost.addEventListener("click", () => { menu.hidePopover(); button.click(); });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Tab") menu.hidePopover();
    if (event.key === " " && event.target === quote) { event.preventDefault(); quote.click(); }
  });
  menu.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState !== "open") menu.remove();
  });
  button.after(menu);
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const top = at.bottom + menu.offsetHeight + GAP < innerHeight ? at.bottom : at.top - menu.offsetHeight;
  Object.assign(menu.style, { top: `${top}px`, left: `${Math.max(GAP, Math.min(at.left, innerWidth - menu.offsetWidth - GAP))}px` });
  boost.focus({ preventScroll: true });
  addEventListener("scroll", () => { if (menu.isConnected) menu.hidePopover(); }, { once: true });
}
