// Tells the server how far somebody has read Home or Notifications, so that other devices know it: the newest one that was in sight, once
// somebody has rested on it, and at the latest when they leave. Without scripts the page says it as it is loaded.

const feed = document.querySelector("main > .feed[data-read]");
const REST_MS = 1500;
const inSight = new Set();
let sent = feed?.dataset.read ?? "";
let newest = sent;
let timer = 0;

const { names = "post" } = feed?.dataset ?? {};
const idOf = (post) => post.parentElement.dataset.newest ?? post.id.split("-")[1];
const isNewer = (one, other) => one.length > other.length || (one.length === other.length && one > other);

function look() {
  if (document.hidden) return;
  for (const post of inSight) if (isNewer(idOf(post), newest)) newest = idOf(post);
  if (isNewer(newest, sent)) timer ||= setTimeout(send, REST_MS);
}

function send() {
  clearTimeout(timer);
  timer = 0;
  if (!isNewer(newest, sent)) return;
  sent = newest;
  const body = new FormData(document.getElementById("act"));
  body.set(names, newest);
  fetch(feed.dataset.tells, { method: "POST", body, keepalive: true })
    .then((answer) => answer.headers.get("content-type")?.includes("json") && answer.json())
    .then((said) => { if (said) tellUnread(said.unread); })
    .catch(() => { sent = feed.dataset.read; });
}

// somebody asked for what is new
export function read(id) {
  if (isNewer(id, newest)) newest = id;
  send();
}

// in the navigation here, and in other tabs (connection.js)
function tellUnread(unread) {
  const { identity } = document.body.dataset;
  import("./page.js").then((module) => module.tellUnread(unread));
  const others = new BroadcastChannel(`live:${identity}`);
  others.postMessage({ event: "read", payload: unread });
  others.close();
}

if (feed) {
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inSight[isIntersecting ? "add" : "delete"](target);
    look();
  }, { threshold: .5 });
  // groups of notifications have no box of their own
  const watch = (node) => {
    const post = node.dataset?.group ? node.querySelector("article") : node;
    if (post?.matches?.("article.post")) watcher.observe(post);
  };
  for (const node of feed.children) watch(node);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(watch);
  }).observe(feed, { childList: true });
  document.addEventListener("visibilitychange", () => { if (document.hidden) send(); else look(); });
  addEventListener("pagehide", send);
}
