// Brings notifications into their open page: on top, in their groups, and behind a pill while somebody reads further down.

import { t } from "../site.js";

const feed = document.querySelector("main > .feed[data-notified]");
const main = document.querySelector("main");
const PAUSE_MS = 2000;
// since the page was loaded, or looked at again
let waiting = 0;
let isStale = false;
let timer = 0;
let last = 0;
let button = null;

// nothing may move under somebody's hands
const isRead = () => scrollY > 80 || feed?.contains(document.activeElement) || feed?.querySelector("details[open], :active");

document.addEventListener("live", ({ detail: { event } }) => {
  if (event === "notification") waiting += 1;
  else if (event !== "reconnected") return;
  look();
});
document.addEventListener("visibilitychange", () => { if (isStale) look(); });
addEventListener("scroll", () => { if (isStale && !isRead()) look(); }, { passive: true });

// What nobody looks at stays unread: only what is fetched counts as read.
function look() {
  isStale = true;
  if (document.hidden || timer) return;
  if (isRead()) { offer(); return; }
  timer = setTimeout(async () => {
    timer = 0;
    if (isRead()) offer(); else if (!document.hidden) await load(isRead);
  }, Math.max(300, last + PAUSE_MS - Date.now()));
}

function offer() {
  if (!waiting) return;
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "new-posts";
    button.addEventListener("click", async () => {
      await load();
      scrollTo({ top: 0 });
      feed.querySelector("a")?.focus({ preventScroll: true });
    });
  }
  button.textContent = t("{count} new", { count: waiting });
  if (!button.isConnected) (feed ?? main.lastElementChild).before(button);
}

// By itself it stops when somebody has begun to read meanwhile (`isAmiss`); pressed for, it goes on.
async function load(isAmiss = () => false) {
  last = Date.now();
  isStale = false;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (isAmiss()) {
    isStale = true;
    offer();
    return;
  }
  waiting = 0;
  button?.remove();
  // one that was told of late may have been read before it was counted
  const { count = 0 } = page.querySelector(".main-nav [data-count]")?.dataset ?? {};
  import("./page.js").then((shown) => shown.tellUnread(Number(count)));
  const found = page.querySelector("main > .feed[data-notified]");
  // the page was empty
  if (!feed) { if (found) location.reload(); return; }
  for (const line of feed.querySelectorAll(":scope > .until")) line.remove();
  const fresh = [...page.querySelectorAll("main > .feed[data-notified] > [data-group]")];
  const old = new Map([...feed.querySelectorAll(":scope > [data-group]")].map((row) => [row.dataset.group, row]));
  for (const row of fresh) old.get(row.dataset.group)?.remove();
  feed.prepend(...fresh);
  for (const row of fresh) htmx.process(row);
  // times in the reader's zone, players
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: feed } }));
  if (fresh.length && feed.dataset.later) import(feed.dataset.later).then((place) => place.read(fresh[0].dataset.newest));
}
