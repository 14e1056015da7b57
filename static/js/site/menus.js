// Menus close like menus: by a click or the focus elsewhere, by Escape, by opening another.
// The focus goes to what the menu stands in when a part of it can't have it.
for (const leaving of ["click", "focusin"]) document.addEventListener(leaving, ({ target, type, isTrusted }) => {
  if (!isTrusted) return; // scroll.js presses "Older" by itself
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) && !(type === "focusin" && target.contains(menu))) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" && menu && !menu.open && event.target.matches("summary")) {
    event.preventDefault();
    menu.dataset.byKeys = "yes";
    menu.open = true;
  }
});
const menus = () => import("../reading/menus.js");
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches?.("details.menu")) menus().then((module) => module.opened(target));
}, true);
document.addEventListener("click", (event) => {
  const button = event.isTrusted && event.target.closest?.("button.boost[aria-haspopup]"); // keys.js boosts at once
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  menus().then((module) => module.boostOrQuote(button), () => button.click());
}, true);
