// Runs beside our pages, also while none is open: shows what the server pushes (api/push/page_messages.py), and keeps the last pages of
// one person, and posts that they write meanwhile, for when there is no connection. Served as /worker.js.
"use strict";

// what pages are made of; names change with the content
const SHELL = "shell";
// of one person: cleared when the pages of anybody else, or of nobody, come
const PAGES = "pages";
const KEPT = ["/home", "/notifications", "/compose", "/waiting"];
const LEAVING = /^\/(sign-out|settings\/identities\/\d+\/(speak|delete)|settings\/security\/delete-login)$/;
// files that another app has shared, until the composer takes them
const SHARED = "shared";
const MOST_SHARED = 16;
const MOST_SHARED_WORDS = 5000;
const MOST_FILES = 150;
const MOST_PICTURES = 80;
const DAY_MS = 24 * 3600 * 1000;

addEventListener("install", (event) => {
  // a draft that is saved while its page goes away is lost when it has to wait for this script
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/drafts/save" } }, source: "network" });
  skipWaiting();
});
addEventListener("activate", (event) => event.waitUntil(begin()));

async function begin() {
  // the page is on its way while this script starts
  await registration.navigationPreload?.enable();
  await clients.claim();
}

// --- pages without a connection

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate" && request.destination === "document") {
    if (replaced && request.method === "GET") {
      if (!url.pathname.startsWith("/sign-in")) event.waitUntil(remove(replaced));
      replaced = 0;
    }
    if (request.method === "GET") event.respondWith(visit(event, url));
    else if (LEAVING.test(url.pathname)) event.waitUntil(inTurn(() => Promise.all([forget(), caches.delete(SHARED)])));
    else if (url.pathname === "/share") event.respondWith(share(request));
    // of our own pages: what another site sends is left to the browser, which says whose it is
    else if (url.pathname === "/compose" && request.referrer.startsWith(`${location.origin}/`)) event.respondWith(sendOrKeep(request));
  } else if (request.method === "GET" && !navigator.onLine) event.respondWith(fromCache(request));
});

async function visit(event, url) {
  let answer;
  try {
    answer = (await event.preloadResponse) ?? await fetch(event.request);
  } catch {
    return withoutConnection(url);
  }
  event.waitUntil(note(url, answer.clone()));
  return answer;
}

async function fromCache(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/compose") return (await keptPage(pathname)) ?? fetch(request);
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function withoutConnection({ pathname, search }) {
  // not for a reply: who may see it depends on a post that the kept composer does not know
  const isKept = KEPT.includes(pathname) && (!search || (pathname === "/compose" && !/[?&](reply_to|quote)=/.test(search)));
  return (isKept && await keptPage(pathname)) || (await caches.match("/offline", { ignoreVary: true })) || Response.error();
}

// A kept page says of when it is (static/js/app/app.js shows it), and each composer has a mark of its own: two posts are not taken for one.
async function keptPage(path) {
  const found = await (await caches.open(PAGES)).match(path, { ignoreVary: true });
  if (!found) return null;
  const html = (await found.text())
    .replace("<body", `<body data-kept="${new Date(found.headers.get("Date")).toISOString()}"`)
    .replace(/(name="once" value=")[^"]*/, `$1${crypto.randomUUID()}`);
  const policy = found.headers.get("Content-Security-Policy");
  return new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", ...policy && { "Content-Security-Policy": policy } } });
}

// What another app shares: files wait for the composer (static/js/app/shared.js), words are in its address. Nothing is sent, and nothing is
// lost by signing in first.
async function share(request) {
  const form = await request.formData();
  const parts = ["title", "text", "url"].map((name) => String(form.get(name) ?? "").trim()).filter(Boolean);
  const asked = new URLSearchParams({ text: [...new Set(parts)].join("\n\n").slice(0, MOST_SHARED_WORDS) });
  const files = form.getAll("files").filter((file) => file instanceof File && file.size).slice(0, MOST_SHARED);
  await caches.delete(SHARED);
  if (files.length) {
    const kept = await caches.open(SHARED);
    for (const [place, file] of files.entries()) {
      const headers = { "Content-Type": file.type, "File-Name": encodeURIComponent(file.name), Date: new Date().toUTCString() };
      await kept.put(`/share/${place}`, new Response(file, { headers }));
    }
    asked.set("shared", files.length);
  }
  return Response.redirect(`/compose?${asked}`, 303);
}

// One after the other: what a page of before had to keep is kept before the next one clears it.
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.then(work, work));
const forget = () => caches.delete(PAGES);

const note = (url, answer) => inTurn(async () => {
  if (answer.status !== 200 || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const reader = answer.headers.get("Reader") ?? "";
  await belongTo(reader);
  if (!reader || !KEPT.includes(url.pathname) || url.search) return;
  await keep(url.pathname, answer);
  if (url.pathname === "/home") await prepare(answer.headers.get("Content-Language"));
});

async function belongTo(reader) {
  const pages = await caches.open(PAGES);
  const before = await (await pages.match("/reader"))?.text();
  if (before === reader) return;
  await forget();
  if (reader) await (await caches.open(PAGES)).put("/reader", new Response(reader));
}

async function keep(path, answer) {
  const html = await answer.clone().text();
  const pages = await caches.open(PAGES);
  // before the page: one without its scripts shows nothing
  await keepFiles(html);
  await pages.put(path, answer);
  const pictures = [...html.matchAll(/<img[^>]+src="(\/[^"]+)"/g)].map(([, src]) => src.replaceAll("&amp;", "&"));
  await addMissing(pages, pictures.slice(0, MOST_PICTURES));
}

const FILE = /\/static\/[\w./-]+\.(?:css|js|svg|png)|\/theme\.css\?\w+/g;
async function keepFiles(html) {
  const shell = await caches.open(SHELL);
  const files = new Set(html.match(FILE));
  // also what a script loads when it is first needed: the set grows while it is walked through
  for (const file of files) {
    await addMissing(shell, [file]);
    if (!file.endsWith(".js")) continue;
    const script = await shell.match(file, { ignoreVary: true });
    for (const more of (await script?.text())?.match(FILE) ?? []) files.add(more);
  }
  const held = await shell.keys();
  for (const request of held.slice(0, -MOST_FILES)) await shell.delete(request);
}

async function addMissing(cache, addresses) {
  for (const address of addresses) {
    if (!await cache.match(address, { ignoreVary: true })) await cache.add(address).catch(() => {});
  }
}

// The composer, and a page in the reader's language for all that is not kept: again each day, and with another language.
async function prepare(language) {
  const shell = await caches.open(SHELL), pages = await caches.open(PAGES);
  const there = await shell.match("/offline", { ignoreVary: true });
  if (isOld(there) || there.headers.get("Content-Language") !== language) {
    const fresh = await page("/offline");
    if (fresh) {
      await keepFiles(await fresh.clone().text());
      await shell.put("/offline", fresh);
    }
  }
  for (const path of KEPT.slice(2)) {
    if (!isOld(await pages.match(path, { ignoreVary: true }))) continue;
    const fresh = await page(path);
    if (fresh) await keep(path, fresh);
  }
}

const isOld = (answer) => !answer || Date.now() - new Date(answer.headers.get("Date")) > DAY_MS;

async function page(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
  return answer?.ok ? answer : null;
}

// --- posts that wait for a connection: kept as the composer's form has them, with the mark by which the server knows it again, and sent later

const NOT_POSTS = ["only_upload", "add_post", "save_draft", "instead", "preview"];
// the post that was just sent in place of one that waits: where its page leads says whether it was taken
let replaced = 0;

async function sendOrKeep(request) {
  const sent = [...await request.clone().formData()];
  const old = Number(sent.find(([name]) => name === "waiting")?.[1] ?? 0);
  const fields = sent.filter(([name]) => name !== "waiting");
  const isPost = !fields.some(([name]) => NOT_POSTS.includes(name));
  try {
    const answer = await fetch(request);
    if (isPost && answer.type === "opaqueredirect") replaced = old;
    return answer;
  } catch {
    if (!isPost) return withoutConnection(new URL("/offline", location.origin));
    await inStore("readwrite", (store) => store.add({ fields, at: Date.now(), state: "waiting" }));
    if (old) await remove(old);
    // where the browser has it, it wakes this script when there is a connection, also when no page is open
    await registration.sync?.register("posts").catch(() => {});
    return Response.redirect("/waiting", 303);
  }
}

function inStore(mode, work) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("posts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "id", autoIncrement: true });
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const database = asked.result, order = work(database.transaction("waiting", mode).objectStore("waiting"));
      order.transaction.oncomplete = () => { database.close(); resolve(order.result); };
      order.transaction.onabort = () => { database.close(); reject(order.error); };
    };
  });
}
const remove = (id) => inStore("readwrite", (store) => store.delete(id));
const waiting = () => inStore("readonly", (store) => store.getAll());
// of one identity: nobody else who uses this browser sees them, or does anything with them
const ownerOf = (post) => post.fields.find(([name]) => name === "acting_as")?.[1];
const waitingOf = async (who) => (await waiting()).filter((post) => ownerOf(post) === who);
const removeOf = async (who, id) => { if ((await waitingOf(who)).some((post) => post.id === id)) await remove(id); };

const sendWaiting = (again) => navigator.locks.request("waiting", async () => {
  let sent = 0, problem = null;
  try {
    for (const post of await waiting()) {
      if (post.state === "failed" && post.id !== again) continue;
      let result;
      try { result = await send(post); } catch (error) { problem = error; continue; } // the next one may go
      if (result) await inStore("readwrite", (store) => store.put({ ...post, ...result }));
      else {
        await remove(post.id);
        sent += 1;
      }
    }
    // the browser tries again later
    if (problem) throw problem;
  } finally {
    for (const page of await clients.matchAll({ type: "window" })) page.postMessage({ sent });
  }
});

// What became of it, or nothing when it was sent. Raises when it has to be tried again.
async function send({ fields }) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  const answer = await fetch("/compose", { method: "POST", body, headers: { Accept: "text/html" } });
  // somebody else is chosen now: it waits for whoever wrote it
  if (answer.status === 409) return { state: "waiting" };
  if (answer.status >= 500 || answer.status === 429) throw new Error(`The server answered ${answer.status}.`);
  const html = await answer.text();
  if (answer.ok && answer.redirected && !new URL(answer.url).pathname.startsWith("/sign-in")) return null;
  return { state: answer.ok || answer.status === 401 ? "signed out" : "failed", said: html.match(/<main[\s\S]*<\/main>/)?.[0].slice(0, 100_000) ?? "" };
}

addEventListener("sync", (event) => { if (event.tag === "posts") event.waitUntil(sendWaiting()); });
addEventListener("message", (event) => {
  const { order, id, who } = event.data, [port] = event.ports;
  const work = { list: () => waitingOf(who), cancel: () => removeOf(who, id), send: () => sendWaiting(id) }[order];
  if (work) event.waitUntil(work().then((result) => port?.postMessage(result), () => port?.postMessage(null)));
});

// --- notifications

addEventListener("push", (event) => {
  let told = null;
  try { told = event.data?.json(); } catch { /* not ours */ }
  if (told?.title) event.waitUntil(show(told));
});

async function show({ title, body, icon, badge, tag, lang, url, unread }) {
  // pages take it away when all is read
  if (unread) await navigator.setAppBadge?.(unread).catch(() => {});
  await registration.showNotification(title, { body, icon, badge, tag, lang, dir: "auto", data: { url } });
}

// The browser has another address for pushes: the server hears of it, with the token of a form as pages have it.
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ newSubscription }) {
  const settings = await page("/settings/notifications");
  // signed out: nothing is pushed any more
  if (!settings) return;
  const html = await settings.text(), found = (pattern) => html.match(pattern)?.[1] ?? "";
  const applicationServerKey = found(/data-push-key="([^"]+)"/);
  const address = newSubscription ?? await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { endpoint, keys } = address.toJSON();
  const body = new URLSearchParams({ endpoint, ...keys, csrfmiddlewaretoken: found(/name="csrfmiddlewaretoken" value="([^"]+)"/) });
  await fetch("/settings/notifications/renew", { method: "POST", body });
}

// A click opens the place in a window that is there, else in a new one.
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data ?? {};
  if (url) event.waitUntil(open(new URL(url, location.origin).href));
});

async function open(url) {
  const [window] = await clients.matchAll({ type: "window" });
  if (!window) return clients.openWindow(url);
  await window.focus().catch(() => {});
  return window.navigate(url).catch(() => clients.openWindow(url));
}
