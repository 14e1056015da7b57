// Runs beside our pages, also while none is open: shows what the server pushes (api/push/page_messages.py). Served as /worker.js.
"use strict";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("push", (event) => {
  let told = null;
  try { told = event.data?.json(); } catch { /* not ours */ }
  if (told?.title) event.waitUntil(show(told));
});

function show({ title, body, icon, badge, tag, lang, url }) {
  return registration.showNotification(title, { body, icon, badge, tag, lang, dir: "auto", data: { url } });
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
