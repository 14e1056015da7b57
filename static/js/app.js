// The pages as an app: registers the worker (worker.js), shows on the installed app's icon how much is unread, takes away the
// notifications that were read, and says when a page is one that was kept. Loaded when a page is at rest (site.js).

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
  addEventListener("online", () => location.reload());
} else showUnread(Number(document.querySelector(".main-nav [data-count]")?.dataset.count ?? 0));
