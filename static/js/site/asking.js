// What few visits need is loaded when it is first asked for: media, the viewer, the composer, keys.
import { loadSheet } from "../site.js";

// Players of our own, and the colours of pictures until they have come.
function enrich(root) {
  if (!root.querySelector(".media video, .media audio, [data-blur]")) return;
  loadSheet("/static/css/parts/media.css");
  import("../reading/media.js").then((media) => media.enhance(root));
}
enrich(document);
document.addEventListener("htmx:load", ({ detail: { elt } }) => enrich(elt.parentElement ?? elt));

const isPlain = (click) => !(click.button || click.ctrlKey || click.metaKey || click.shiftKey);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".media figure > a:has(> img)");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  loadSheet("/static/css/parts/dialogs.css");
  import("../reading/viewer.js").then((viewer) => viewer.open(link));
});
// On phones only replies open in place, on wide screens also new posts, quotes and edits.
document.addEventListener("click", (event) => {
  const replies = "a.act.reply, #answer .send > a";
  const link = event.target.closest?.(`${replies}, .main-nav a[href='/compose'], a[href^='/compose?'], .post .menu a[href$='/edit']`);
  if (!link || !isPlain(event)) return;
  if (!link.matches(replies) && matchMedia("(max-width: 49.99rem)").matches) return;
  event.preventDefault();
  import("../writing/composing.js").then((module) => module.open(link), () => location.assign(link.href));
});
document.addEventListener("keydown", (event) => {
  if (!document.body.dataset.identity || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !/^[a-z./?]$/.test(event.key)) return;
  if (event.target.matches?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  loadSheet("/static/css/parts/dialogs.css");
  import("../reading/keys.js").then((module) => module.press(event.key));
});
