// The list of posts that wait for a connection (static/js/app/worker.js keeps and sends them).

import { t, tn } from "../site.js";
import { ask } from "./app.js";

const list = document.getElementById("waiting");
const row = document.getElementById("waiting-post").content;
const nothing = document.getElementById("waiting-none");

const valueOf = (fields, wanted) => String(fields.find(([name]) => name === wanted)?.[1] ?? "");

// What the server said about it, from the page that it answered with.
function reason(html) {
  const page = new DOMParser().parseFromString(html ?? "", "text/html");
  const said = page.querySelector(".errorlist li") ?? page.querySelector("[role=alert]") ?? page.querySelector("main p");
  return said?.textContent.trim() || t("The server refused it.");
}

async function show() {
  const posts = await ask("list") ?? [];
  nothing.hidden = posts.length > 0;
  list.replaceChildren(...posts.map((post) => {
    const made = row.cloneNode(true);
    const [text, files] = [valueOf(post.fields, "text"), post.fields.filter(([, value]) => value instanceof File && value.size)];
    made.querySelector(".content").textContent = text || t("No text");
    made.querySelector(".when").textContent = new Date(post.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    if (files.length) made.querySelector(".files").textContent = tn("{count} file", "{count} files", files.length);
    if (post.state !== "waiting") {
      const said = made.querySelector(".reason");
      said.hidden = false;
      said.textContent = post.state === "failed" ? reason(post.said) : t("You are signed out. It will be sent when you sign in again.");
    }
    made.querySelector("a").href = `/compose?waiting=${post.id}`;
    made.querySelector("[data-send]").addEventListener("click", () => ask("send", post.id).then(show));
    made.querySelector("[data-cancel]").addEventListener("click", async () => {
      if (!confirm(t("Delete this post? It has not been sent."))) return;
      await ask("cancel", post.id);
      await show();
    });
    // the composer would offer it as a draft beside the one that waits
    const draft = valueOf(post.fields, "draft");
    try { if (draft) localStorage.removeItem(`draft:${draft}`); } catch { /* no storage */ }
    return made;
  }));
}

navigator.serviceWorker.addEventListener("message", show);
show();
