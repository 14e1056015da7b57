// Tells the server how far somebody has read Home, so that other devices know it: the newest post that was in sight, once somebody has
// rested on it, and at the latest when they leave. Without scripts the page says it as it is loaded.

const feed = document.querySelector("main > .feed[data-read]");
const REST_MS = 1500;
const inSight = new Set();
let sent = feed?.dataset.read ?? "";
let newest = sent;
let timer = 0;

const idOf = (post) => post.id.split("-")[1];
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
  body.set("post", newest);
  fetch(feed.dataset.tells, { method: "POST", body, keepalive: true }).catch(() => { sent = feed.dataset.read; });
}

if (feed) {
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inSight[isIntersecting ? "add" : "delete"](target);
    look();
  }, { threshold: .5 });
  const watch = (node) => { if (node.matches?.("article.post")) watcher.observe(node); };
  for (const node of feed.children) watch(node);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(watch);
  }).observe(feed, { childList: true });
  document.addEventListener("visibilitychange", () => { if (document.hidden) send(); else look(); });
  addEventListener("pagehide", send);
}
