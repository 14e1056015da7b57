// A press shows at once, and goes back when the server says no. Loaded when the page is at rest (site.js).

import { t } from "../site.js";

const POSTS = "main > :is(.feed, .media-tiles, .pager)"; // of a profile
const backs = new WeakMap(); // what takes a press back, by the element that sends it

function toggle(button) {
  const isOn = button.ariaPressed !== "true";
  button.ariaPressed = isOn;
  let number = button.querySelector(".number");
  const count = Number(number?.textContent || 0) + (isOn ? 1 : -1);
  // bookmarks aren't counted, and "1.2K" stays
  if (button.matches(".bookmark:not([name=emoji])") || Number.isNaN(count)) return;
  if (!number) {
    number = button.appendChild(document.createElement("span"));
    number.className = "number";
  }
  number.textContent = count > 0 ? count : "";
}

// "Follow" becomes "Following" and back. In the menu of a profile it is the menu's own button that says so.
function follow(button) {
  const menu = button.closest("details.menu");
  const sign = menu?.querySelector("summary") ?? button;
  const words = [...sign.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const was = words.data;
  if (menu?.open) {
    menu.open = false;
    sign.focus();
  }
  words.data = button.dataset.then;
  sign.classList.toggle("quiet");
  return () => {
    words.data = was;
    sign.classList.toggle("quiet");
  };
}

// Why it can't be pressed, for those who don't point at it.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".act[aria-disabled=true]");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: button.title } }));
}, true);

document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  const button = elt.querySelector(":scope > button[data-then]");
  if (elt.matches(".act[aria-pressed]")) {
    toggle(elt);
    backs.set(elt, () => toggle(elt));
  } else if (button) backs.set(elt, follow(button));
});
for (const refusal of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${refusal}`, ({ detail: { elt } }) => {
  backs.get(elt)?.();
  backs.delete(elt);
});
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => { if (successful) backs.delete(elt); });
