// Messages that float over the page for a while, each with what takes it back. Loaded with the first one (site.js).
// Without scripts the same message and a form for Undo stand on top of the next page.

import { t } from "../site.js";

const WAIT_MS = 8000;
const box = document.getElementById("toast");
let timer = 0;

// What somebody looks at, or has the focus in, does not go.
function leaveLater(element, leave) {
  const start = () => { clearTimeout(timer); timer = setTimeout(leave, WAIT_MS); };
  const stay = () => clearTimeout(timer);
  for (const event of ["mouseenter", "focusin"]) element.addEventListener(event, stay);
  for (const event of ["mouseleave", "focusout"]) element.addEventListener(event, start);
  start();
}

const close = () => box.replaceChildren();

// A deleted post leaves the page, as do those of an author whom somebody muted or blocked. Returns what brings them back.
// The deleted one is taken out: the stream tells this page, too, that it is gone, and would remove it.
function hidePosts(element, hides) {
  const own = element.closest?.("article.post");
  if (element.closest?.("#relationship")) {
    const posts = [...document.querySelectorAll("main > :is(.feed, .media-tiles, .pager)")];
    for (const one of posts) one.hidden = true; // as pressing.js did at once
    return () => { for (const one of posts) one.hidden = false; };
  }
  if (!own) return () => {};
  if (hides === "post") {
    const gap = document.createComment("");
    own.replaceWith(gap);
    return () => {
      // the stream may tell of the deletion only now (live/page.js)
      own.dataset.deletion = "undone";
      gap.replaceWith(own);
    };
  }
  const author = own.querySelector(".face")?.getAttribute("href");
  if (!author) return () => {};
  const posts = [...document.querySelectorAll("article.post:not(.focus)")];
  const hidden = posts.filter((post) => !post.hidden && post.querySelector(`.face[href="${CSS.escape(author)}"]`));
  for (const post of hidden) post.hidden = true;
  return () => { for (const post of hidden) post.hidden = false; };
}

// The time of a message, as lists of posts show it.
function put(text, when) {
  const [before, after] = text.split("{when}");
  const time = document.createElement("time");
  time.dateTime = when;
  time.dataset.shape = "full";
  box.replaceChildren(before, time, after ?? "");
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: box } })); // times.js
}

export function show({ text, when, undo, back, hides, link, action }, element) {
  element.closest?.("details.menu")?.removeAttribute("open");
  const bringBack = hides ? hidePosts(element, hides) : () => {};
  if (when) put(text, when);
  else box.replaceChildren(text);
  if (link) {
    const view = document.createElement("a");
    view.href = link;
    view.textContent = t("View");
    box.append(view);
  }
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.words;
    button.addEventListener("click", () => { close(); action.act(); });
    box.append(button);
  }
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = t("Undo");
    button.addEventListener("click", async () => {
      button.disabled = true;
      const values = Object.fromEntries(new FormData(document.getElementById("act")));
      const place = back && document.querySelector(back);
      let isDone = true; // site.js says what went wrong
      button.addEventListener("htmx:responseError", () => { isDone = false; });
      await htmx.ajax("POST", undo, { source: button, values, target: place || box, swap: place ? "outerHTML" : "none" });
      if (!isDone) return;
      bringBack();
      if (place) document.querySelector(back)?.focus({ preventScroll: true });
      close();
    });
    box.append(button);
  }
  leaveLater(box, close);
}

// The message on top of a page that followed a form floats, too. After an act in the menu of a post the focus is at that menu again, and
// the message describes it, because a message that comes with a page is not announced by itself.
for (const note of document.querySelectorAll("main > [data-toast]")) {
  note.className = "toast";
  leaveLater(note, () => note.remove());
  const place = location.hash.startsWith("#post-") && document.getElementById(location.hash.slice(1));
  const menu = place && document.activeElement === document.body && place.querySelector("footer > .menu > summary");
  if (!menu) continue;
  menu.setAttribute("aria-describedby", note.id);
  menu.focus({ preventScroll: true });
}
