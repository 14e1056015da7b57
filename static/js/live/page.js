// Shows what connection.js heard: new posts, notifications, edits, deletions, counts. Replies are in thread.js.

import { t, tn } from "../site.js";

const feed = document.querySelector("main > .feed[data-live]:not(.thread)");
const thread = document.querySelector("main > .feed.thread");
const title = document.title.replace(/^\(\d+\) /, "");
const stream = feed?.dataset.live;

export function hear({ stream: from, event, payload }) {
  if (event === "update" && feed && from === stream) offer(JSON.parse(payload));
  else if (event === "delete") take(payload);
  else if (event === "status.update") refresh(JSON.parse(payload).id);
  else if (event === "notification") tellUnread(unread + 1);
  else if (event === "read") tellUnread(Number(payload)); // in another tab, on another device or in an app
  else if (event === "voted") refresh(payload, true);
  else if (event === "reconnected" && feed) catchUp();
}

const articles = (id) => document.querySelectorAll(`article.post[data-post="${CSS.escape(id)}"]`);
// also boosts, and in columns, whose ids end with a number
const gone = (id) => new Set([...articles(id), ...document.querySelectorAll(`[id="post-${id}"], [id^="post-${id}-"]`)]);
// One that is being deleted here goes with the answer: taken away before, that would not come to the page, and Undo had no place to put it.
// Of one that was brought back here, this may tell late: the server knows.
function take(id) {
  for (const post of gone(id)) {
    if (post.dataset.deletion === "undone") refresh(id);
    else if (!post.dataset.deletion && !post.querySelector(".htmx-request")) post.remove();
  }
}

// New posts wait behind a pill: what somebody reads does not move.
const waiting = new Set();
let button = null;
function offer(status) {
  if (articles((status.reblog ?? status).id).length || document.getElementById(`post-${status.id}`)) return;
  if (status.account.id === document.body.dataset.identity) { showOwn(status.id); return; }
  waiting.add(status.id);
  pill();
}
// One's own come at once, also those of another device. composing.js does not wait for the stream.
const own = new Set();
export async function showOwn(id) {
  if (!feed || own.has(id) || document.getElementById(`post-${id}`)) return;
  own.add(id);
  const answer = await fetch(`/posts/${id}/row`).catch(() => null);
  if (!answer?.ok) { own.delete(id); return; }
  const post = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("article");
  feed.prepend(post);
  htmx.process(post);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: post } }));
}
export const isHome = stream === "user";
function pill() {
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "new-posts";
    button.addEventListener("click", load);
    feed.before(button);
  }
  button.hidden = false;
  button.textContent = waiting.size ? tn("{count} new post", "{count} new posts", waiting.size) : t("Check for new posts");
  say();
}
async function newest() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}
// Nobody told of what was written while the connection was lost.
async function catchUp() {
  const page = document.hidden ? null : await newest();
  for (const post of page?.querySelectorAll("main > .feed[data-live] > article.post") ?? []) {
    if (document.getElementById(post.id)) break;
    if (!own.has(post.dataset.post)) waiting.add(post.id.slice("post-".length));
  }
  if (!page || waiting.size) pill();
}
async function load() {
  button.disabled = true;
  const page = await newest();
  button.disabled = false;
  if (!page) return;
  const isOwn = (post) => own.has(post.id.slice("post-".length));
  const known = [...feed.querySelectorAll("article.post")].find((post) => !isOwn(post));
  const fresh = [], begin = []; // the new ones, and all that stands above the known ones
  for (const post of page.querySelectorAll("main > .feed[data-live] > article.post")) {
    const here = document.getElementById(post.id);
    if (here && !isOwn(here)) break;
    if (!here) fresh.push(post);
    begin.push(here ?? post);
  }
  // merged into one of the new rows, if not the same
  if (fresh.length && !page.querySelector(`article[data-post="${known.dataset.post}"]`)) {
    // more than a page has come: begin at the top
    location.assign(location.pathname);
    return;
  }
  known.before(...begin);
  for (const post of fresh) for (const old of feed.querySelectorAll(`[data-post="${post.dataset.post}"]`)) if (old !== post) old.remove();
  for (const post of fresh) htmx.process(post);
  // times in the reader's zone
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: feed } }));
  waiting.clear();
  button.hidden = true;
  say();
  scrollTo({ top: 0 });
  if (!fresh.length) return;
  fresh[0].tabIndex = -1;
  fresh[0].focus({ preventScroll: true });
}

// An edited post, or one whose poll or counts changed, is fetched again in its row, but for one that somebody is at.
const pending = new Map();
const isInUse = (post) => post.querySelector("details[open], :checked, .htmx-request");
// After a vote in another tab (`isVoted`), only the form of the poll is replaced, even if the post is in use: its warning stays open.
export function refresh(id, isVoted = false) {
  const key = isVoted ? `poll ${id}` : id;
  const isSkipped = (post) => isVoted ? !post.querySelector(".poll form") : isInUse(post);
  if (!articles(id).length || pending.has(key)) return;
  pending.set(key, setTimeout(async () => {
    pending.delete(key);
    for (const post of articles(id)) {
      if (isSkipped(post)) continue;
      const shape = `${thread ? "thread=1" : ""}${post.classList.contains("focus") ? "&focus=1" : ""}`;
      const [, row, column] = post.id.split("-"), { deletion } = post.dataset;
      const answer = await fetch(`/posts/${row}/row?${shape}${column ? `&column=${column}` : ""}`).catch(() => null);
      // it may have been deleted and brought back meanwhile
      if (answer?.status === 404 && post.dataset.deletion === deletion) post.remove();
      if (!answer?.ok) continue;
      const whole = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("article");
      if (post.matches(":active")) { refresh(id, isVoted); continue; } // an element that goes between the halves of a click takes the click with it
      if (isSkipped(post)) continue; // somebody may have opened its menu meanwhile
      if (deletion) whole.dataset.deletion = deletion;
      const [old, made] = isVoted ? [post, whole].map((one) => one.querySelector(".poll")) : [post, whole];
      if (!made) continue; // an edit removed the poll
      const held = old.contains(document.activeElement) ? document.activeElement : null;
      old.replaceWith(made);
      if (held) {
        const alike = held.className ? `.${held.className.trim().split(/\s+/).join(".")}` : "";
        const same = alike ? [...made.querySelectorAll(alike)] : [];
        // of several reactions, the same one; the button of the menu is at its place among the others
        const next = (held.value ? same.find((one) => one.value === held.value) : same[alike ? [...old.querySelectorAll(alike)].indexOf(held) : 0])
          ?? same[0] ?? made;
        next.focus({ preventScroll: true });
        // not focusable by itself: the post, or its poll
        if (document.activeElement !== next) {
          next.tabIndex = -1;
          next.focus({ preventScroll: true });
        }
      }
      htmx.process(made);
      document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: made } }));
    }
  }, 800));
}

// Badges in the navigation, and the number in the title of the tab.
let unread = Number(document.querySelector(".main-nav [data-count]")?.dataset.count ?? 0);
// how many are unread now: one more came, or they were seen in a page, a column or on another device
export function tellUnread(count) {
  unread = count;
  for (const link of document.querySelectorAll(".main-nav a[href='/notifications']")) {
    let badge = link.querySelector(".count");
    if (!unread) { badge?.remove(); continue; }
    if (!badge) {
      badge = document.createElement("span");
      badge.className = "count";
      link.append(badge);
    }
    badge.textContent = unread > 99 ? "99+" : String(unread);
    badge.setAttribute("aria-label", `, ${t("{count} new", { count: unread })}`);
  }
  import("../app/app.js").then((app) => app.showUnread(unread));
  say();
}
function say() {
  const all = waiting.size + unread;
  document.title = all ? `(${all}) ${title}` : title;
}
