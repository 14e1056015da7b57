// Puts replies under the posts that they answer, while the page of a conversation is open. Without scripts a reload shows them.

import { tn } from "../site.js";

const thread = document.querySelector("main > .feed.thread[data-live]");
const note = document.getElementById("new-replies");
// between two looks, however many replies come
const PAUSE_MS = 3000;
let { since } = thread.dataset;
let isStale = false;
let timer = 0;
let last = 0;

document.addEventListener("live", ({ detail: { stream, event } }) => {
  if (event === "reconnected" || (event === "update" && stream === thread.dataset.live)) look();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) look(); });

function look() {
  isStale = true;
  if (document.hidden || timer) return;
  timer = setTimeout(async () => {
    last = Date.now();
    await load();
    timer = 0;
    // something came meanwhile
    if (isStale) look();
  }, Math.max(300, last + PAUSE_MS - Date.now()));
}

async function load() {
  isStale = false;
  const address = thread.dataset.arrived + `?since=${encodeURIComponent(since)}&next=${encodeURIComponent(location.pathname)}`;
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  since = page.querySelector("[data-since]")?.dataset.since ?? since;
  for (const branch of page.querySelectorAll("[data-under]")) place(branch);
}

const come = new Set();
let isAway = false;
function place(branch) {
  const post = branch.querySelector(":scope > article");
  if (document.getElementById(post.id) || come.has(post.id)) return;
  come.add(post.id);
  const replies = document.getElementById(`replies-${branch.dataset.under}`);
  // behind a link that leads there, or under a fold
  if (!replies || replies.querySelector(":scope > .more-replies:not([hx-target='closest .replies'])")) isAway = true;
  else {
    branch.classList.add("fresh");
    replies.append(branch);
    htmx.process(branch);
    // times in the reader's zone, players
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: branch } }));
    seen.observe(post);
  }
  tell();
}

// how many there are that nobody has seen yet
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) {
    seen.unobserve(target);
    come.delete(target.id);
    tell();
  }
}, { threshold: 0.5 });
function tell() {
  const link = document.createElement("a");
  const first = [...come].find((id) => document.getElementById(id));
  link.href = isAway || !first ? location.pathname : `#${first}`;
  link.textContent = tn("{count} new reply", "{count} new replies", come.size);
  note.replaceChildren(...(come.size ? [link] : []));
}

// The search on other servers brings some of them, too (templates/posts/thread/_late_replies.html).
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const post = event.detail.fragment.querySelector(".branch > article");
  if (post && document.getElementById(post.id)) event.detail.shouldSwap = false;
});
