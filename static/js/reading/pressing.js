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
  const isFollow = !button.matches("[data-calm]"); // or the end of a mute
  words.data = button.dataset.then;
  if (isFollow) sign.classList.toggle("quiet");
  return () => {
    words.data = was;
    if (isFollow) sign.classList.toggle("quiet");
  };
}

// "Mute" and "Block" in the menu of a profile: one button takes the place of others there, and the posts of somebody blocked go.
function becomes(button) {
  const row = button.closest("#relationship"), isBlock = button.matches(".danger");
  const away = [...(isBlock ? row.children : row.querySelectorAll(".write")), ...(isBlock ? document.querySelectorAll(POSTS) : [])];
  const sign = document.createElement("button");
  sign.type = "button";
  sign.className = isBlock ? "danger" : "quiet";
  sign.textContent = button.dataset.instead;
  const summary = button.closest("details.menu").querySelector("summary");
  summary.parentElement.open = false;
  row.querySelector(".write, details.menu:last-child")?.before(sign);
  for (const one of away) one.hidden = true;
  sign.focus();
  return () => {
    sign.remove();
    for (const one of away) one.hidden = false;
    summary.focus();
  };
}

// The results of a poll with one's own vote take the place of its answers. Hidden ones stay hidden.
function vote(form) {
  const chosen = new Set([...form.querySelectorAll("[name=choice]:checked")].map(({ value }) => Number(value)));
  if (!chosen.size) return () => {}; // the server says what is missing
  const poll = form.closest(".poll"), folded = poll.querySelector(".so-far"), shown = document.createElement("div");
  const list = shown.appendChild(folded?.querySelector(".options").cloneNode(true) ?? document.createElement("ul"));
  list.className = "options";
  if (!folded) for (const answer of form.querySelectorAll(".answer > span")) {
    const option = document.createElement("span");
    option.className = "option";
    option.append(answer.cloneNode(true));
    list.appendChild(document.createElement("li")).append(option);
  }
  const bars = [...list.querySelectorAll("progress")];
  const all = bars.some((bar) => bar.value) ? bars[0].max + 1 : 1; // a bar without votes is full at one
  for (const [place, option] of [...list.children].entries()) {
    const bar = bars[place], isOwn = chosen.has(place);
    if (bar) {
      const votes = bar.value + (isOwn ? 1 : 0);
      bar.max = all;
      bar.value = votes;
      option.querySelector(".number").textContent = `${Math.round(100 * votes / all)} %`;
    }
    if (!isOwn) continue;
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = t("Your vote");
    option.className = "own";
    option.querySelector(".option > span").append(" ", badge);
  }
  const line = form.querySelector(".hint").cloneNode(true), count = line.querySelector("[data-then]");
  if (count) count.textContent = count.dataset.then;
  shown.append(line);
  const away = [form, ...(folded ? [folded] : [])];
  for (const one of away) one.hidden = true;
  poll.append(shown);
  poll.tabIndex = -1;
  poll.focus({ preventScroll: true });
  return () => {
    const isHere = poll.contains(document.activeElement);
    shown.remove();
    for (const one of away) one.hidden = false;
    if (isHere) form.querySelector("button").focus({ preventScroll: true });
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
  else if (elt.matches(".poll > form")) backs.set(elt, vote(elt));
  else if (elt.matches(":has(> button[data-instead])")) backs.set(elt, becomes(elt.lastElementChild));
});
for (const refusal of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${refusal}`, ({ detail: { elt } }) => {
  backs.get(elt)?.();
  backs.delete(elt);
});
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => { if (successful) backs.delete(elt); });
