// The pages as an app: registers the worker (worker.js), shows on the installed app's icon how much is unread, takes away the
// notifications that were read, and says when a page is one that was kept. Loaded when a page is at rest (site.js).

import { loadSheet, t, tn } from "../site.js";

export const ready = "serviceWorker" in navigator
  ? navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready)
  : Promise.reject(new Error("no workers"));
ready.catch(() => {});

export function showUnread(count) {
  if (count) navigator.setAppBadge?.(count).catch(() => {});
  else {
    navigator.clearAppBadge?.().catch(() => {});
    ready.then(async (registration) => {
      for (const one of await registration.getNotifications?.() ?? []) one.close();
    }).catch(() => {});
  }
}

const { kept } = document.body.dataset;
if (kept) {
  const when = new Date(kept);
  const note = document.createElement("p");
  note.className = "note";
  note.setAttribute("role", "status");
  note.textContent = t("You are offline. This page is from {when}.", {
    when: when.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }),
  });
  document.getElementById("main").prepend(note);
  import("./offline.js");
} else showUnread(Number(document.querySelector(".main-nav [data-count]")?.dataset.count ?? 0));

// --- what happened elsewhere while this page was open, asked for when somebody comes back to it: notifications were read on another
// device or in an app, or the session was ended in another tab or from the list of sessions

async function askUnread() {
  if (document.hidden || kept) return;
  // as a page is asked for: only then the server counts
  const answer = await fetch("/notifications/unread", { headers: { Accept: "application/json, text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  if (new URL(answer.url).pathname === "/sign-in") { tellSignedOut(); return; }
  if (!answer.headers.get("content-type")?.includes("json")) return;
  const { unread, identity } = await answer.json();
  if (identity !== document.body.dataset.identity) return; // somebody else signed in, or switched, in another tab
  const notes = document.querySelectorAll(".signed-out");
  for (const note of notes) note.remove(); // signed in again
  if (notes.length) document.dispatchEvent(new Event("draft:keep")); // drafts.js
  import("../live/page.js").then((page) => page.tellUnread(unread));
}

// At the top of the page, where it stays in sight, and of an open dialog.
function tellSignedOut() {
  if (document.querySelector(".signed-out")) return;
  loadSheet("/static/css/parts/dialogs.css");
  for (const place of document.querySelectorAll("#main, dialog[open]")) {
    const note = document.createElement("p"), link = document.createElement("a");
    note.className = "signed-out note bad";
    note.setAttribute("role", "alert");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = t("Sign in");
    place.prepend(note);
    note.append(t("You are signed out."), " ", link); // screen readers announce what is added to an alert, not one that comes with its text
  }
}

if (document.body.dataset.identity) {
  document.addEventListener("visibilitychange", askUnread);
  document.addEventListener("live", ({ detail: { event } }) => { if (["reconnected", "ended"].includes(event)) askUnread(); });
  // Signing out in another tab has cleared what this browser keeps: an open composer does not bring its draft back.
  addEventListener("storage", ({ key }) => {
    if (key !== null) return;
    document.dispatchEvent(new Event("draft:forget")); // drafts.js
    askUnread();
  });
}

// --- posts that wait for a connection

export async function ask(order, id) {
  const { active } = await ready;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage({ order, id, who: document.body.dataset.handle }, [port2]);
  });
}

let hasWaiting = false;
// signing out clears what this browser keeps
document.addEventListener("submit", (event) => {
  if (!hasWaiting || !new URL(event.target.action, location).pathname.endsWith("/sign-out")) return;
  if (!confirm(t("Some posts are waiting to be sent. Signing out deletes them. Sign out anyway?"))) event.preventDefault();
}, { capture: true });

async function tellWaiting() {
  const posts = await ask("list");
  hasWaiting = posts?.length > 0;
  const old = document.getElementById("posts-wait");
  if (!posts?.length || location.pathname === "/waiting") {
    old?.remove();
    return;
  }
  const note = old ?? document.createElement("p");
  const link = document.createElement("a");
  const failed = posts.filter((post) => post.state !== "waiting").length;
  note.id = "posts-wait";
  note.className = failed ? "note bad" : "note";
  note.setAttribute("role", "status");
  link.href = "/waiting";
  link.textContent = failed
    ? tn("{count} post could not be sent.", "{count} posts could not be sent.", failed)
    : tn("{count} post is waiting to be sent.", "{count} posts are waiting to be sent.", posts.length);
  note.replaceChildren(link);
  if (!old) document.getElementById("main").prepend(note);
}

if (document.body.dataset.identity && "serviceWorker" in navigator) {
  navigator.serviceWorker.addEventListener("message", ({ data: { sent } }) => {
    if (sent) {
      const text = tn("{count} waiting post was sent.", "{count} waiting posts were sent.", sent);
      document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { text } }));
    }
    tellWaiting();
  });
  addEventListener("online", () => ask("send"));
  tellWaiting().then(() => navigator.onLine && ask("send")).catch(() => {});
}

// `/compose?waiting=3`: the form of a post that waits, to be changed. It waits no more once the server has this one (worker.js).
const wanted = Number(new URLSearchParams(location.search).get("waiting"));
const form = document.querySelector("form.composer");
if (wanted && form) {
  const post = (await ask("list"))?.find(({ id }) => id === wanted);
  if (post) {
    fill(post.fields);
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "waiting", value: wanted }));
  }
}

// `/compose?shared=2`: with files that another app has shared
if (form && new URLSearchParams(location.search).has("shared")) import("./shared.js");

function fill(fields) {
  const files = new Map();
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
  for (const [name, value] of fields) {
    if (["csrfmiddlewaretoken", "acting_as"].includes(name)) continue;
    const field = form.elements[name];
    if (value instanceof File) {
      if (value.size) files.set(name, [...files.get(name) ?? [], value]);
    } else if (!field || name === "media") {
      const extra = document.createElement(name.startsWith("chain_") ? "textarea" : "input");
      if (extra.type === "text") extra.type = "hidden";
      Object.assign(extra, { name, value });
      extra.setAttribute("aria-label", t("Text"));
      form.querySelector(".more-posts").before(extra);
    } else if (field.type === "checkbox") field.checked = true;
    else field.value = value;
  }
  for (const [name, held] of files) {
    const transfer = new DataTransfer();
    for (const file of held) transfer.items.add(file);
    if (form.elements[name]) form.elements[name].files = transfer.files;
  }
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- a pull at the top loads a page again, where fingers are

if (matchMedia("(pointer: coarse)").matches) loadSheet("/static/css/parts/pull.css", () => import("../reading/pull.js"));
