// What a browser with scripts does better. Every page works without this file.
"use strict";

// A message for a moment, for what went wrong behind a button.
function say(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
}
document.addEventListener("htmx:responseError", (event) => {
  say(event.detail.xhr.status === 429
    ? "Too many at once. Wait a moment."
    : "That did not work. Reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => say("The server can't be reached. Are you online?"));

// Signed out meanwhile: an htmx request that was led to another page leads the whole window there.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig.verb !== "get" && xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/sign-in")) {
    event.detail.shouldSwap = false;
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

// Menus close like menus: by a click elsewhere, by Escape, by opening another.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// The composer counts as the server does: links have one length, of a mention's address only the name counts.
function lengthOf(text, linkLength) {
  const short = text.replace(/https?:\/\/[^\s<>"…]+/g, "x".repeat(linkLength))
    .replace(/(^|[^\w/@#&=])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w(?::\d{1,5})?/g, "$1$2");
  return Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(short)).length : Array.from(short).length;
}
for (const area of document.querySelectorAll("textarea[data-limit]")) {
  const left = document.getElementById("text-limit");
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = " characters left";
  const number = document.createTextNode("");
  left.replaceChildren(number, words);
  const count = () => {
    const rest = Number(area.dataset.limit) - lengthOf(area.value, Number(area.dataset.linkLength));
    number.data = String(rest);
    left.classList.toggle("over", rest < 0);
  };
  area.addEventListener("input", count);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
  });
  if (area.autofocus) area.setSelectionRange(area.value.length, area.value.length);
  count();
}

// A form that was sent is not sent twice.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
