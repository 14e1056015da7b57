// A press on the text of a post opens it, as Enter does on the post that has the focus. What can be pressed in it, and selecting, are left alone.
// Loaded when the page is at rest (site.js).

import { loadSheet, say, t } from "../site.js";

loadSheet("/static/css/later.css");

const CONTROLS = "a, button, summary, input, label, textarea, select, video, audio, iframe, form, .media, .player, .menu, [role=menu]";

function open(post, event) {
  const link = post?.querySelector("a.when, a.quoted");
  if (!link) return;
  event.preventDefault();
  // with these keys the browser decides what a press on a link means
  const { shiftKey, metaKey } = event, ctrlKey = event.ctrlKey || event.button === 1;
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window, ctrlKey, metaKey, shiftKey }));
}

for (const kind of ["click", "auxclick"]) document.addEventListener(kind, (event) => {
  const { target, button, isTrusted, defaultPrevented } = event;
  if (defaultPrevented || !isTrusted || button > 1 || target.closest?.(CONTROLS) || !getSelection().isCollapsed) return;
  open(target.closest?.(".quote:has(a.when), article.post:not(.focus)"), event);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.defaultPrevented && event.target.matches?.("article.post")) open(event.target, event);
});

// Who went on while an answer was on its way, to write or into a menu, stays there: `autofocus` in it, which htmx obeys once it has settled, is for
// the others. Who goes on before that, too.
const ASIDE = "input, select, textarea";
document.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  const here = document.activeElement, menu = here?.closest("details.menu[open]");
  const isElsewhere = menu ? !menu.contains(detail.requestConfig?.elt) : here?.matches(ASIDE);
  if (!isElsewhere || target.contains(here)) return;
  for (const one of [target, ...target.querySelectorAll("[autofocus]")]) one.autofocus = false;
});
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches(ASIDE) && !target.closest("details.menu")) return;
  for (const one of document.querySelectorAll(".htmx-added[autofocus], .htmx-added [autofocus]")) if (one !== target) one.autofocus = false;
});

// By keyboard: the way back from what a post led to ends at that post.
const asked = performance.getEntriesByType("navigation")[0]?.type;
const isFree = () => [document.body, document.getElementById("main")].includes(document.activeElement);
const left = asked === "back_forward" && document.getElementById(history.state?.left);
if (left && isFree()) {
  left.tabIndex = -1;
  left.focus({ preventScroll: true });
}
document.addEventListener("click", ({ target }) => {
  const post = document.activeElement?.matches(":focus-visible") && target.closest?.("a[href]") && target.closest("article.post");
  if (post) history.replaceState({ ...history.state, left: post.id }, "");
});

// Films and sounds of other sites, in the place of their link.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-player]");
  if (!button) return;
  loadSheet("/static/css/parts/media.css");
  import("./players.js").then((module) => module.play(button));
});

// Copies what `data-copy` says, or the field that it names has.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-copy]");
  if (!link || !navigator.clipboard) return;
  event.preventDefault();
  const text = document.getElementById(link.dataset.copy)?.value || link.dataset.copy;
  navigator.clipboard.writeText(text).then(() => say(t("Copied.")), () => say(t("Copying failed.")));
});

// The arrow leads to where somebody came from; opened from elsewhere, and after a form of the same page, it leads to the page above.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("main > a.back") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { referrer } = document;
  if (history.length < 2 || referrer === location.href || !referrer.startsWith(`${location.origin}/`)) return;
  event.preventDefault();
  history.back();
});
