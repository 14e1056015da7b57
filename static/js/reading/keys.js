// Keys for people who read a lot: j and k go from post to post, the other letters act on the post that has the focus. `?` lists them.
// Loaded when the first one is pressed (site.js).

import { t } from "../site.js";

const KEYS = [
  ["j", t("Next post")], ["k", t("Previous post")], ["o", t("Open the conversation")], ["p", t("Open the author's profile")],
  ["r", t("Reply")], ["b", t("Boost")], ["l or f", t("Like")], ["s", t("Bookmark")], ["x", t("Show or hide covered content")],
  ["e", t("View the pictures")], ["n", t("Write a post")], ["/", t("Search")], [".", t("Show new posts, or go to the top")],
  ["g h", t("Home")], ["g n", t("Notifications")], ["g l", t("Local")], ["g f", t("Federated")], ["g b", t("Bookmarks")], ["g c", t("Columns")], ["1 … 9", t("Go to a column")],
  ["?", t("This list")],
];
const PLACES = { h: "/home", n: "/notifications", l: "/local", f: "/federated", b: "/bookmarks", c: "/columns" };
let leader = -Infinity; // when `g` was pressed

const current = () => document.activeElement?.closest?.("article.post");
const step = (by) => {
  // in columns, within the one that has the focus, else the first
  const within = document.activeElement?.closest?.(".column") ?? document.querySelector(".column") ?? document;
  const posts = [...within.querySelectorAll("article.post")];
  const here = posts.indexOf(current());
  // from the top of what is in sight when no post has the focus yet
  const first = posts.findIndex((post) => post.getBoundingClientRect().top >= 40);
  const post = posts[here < 0 ? Math.max(first, 0) : here + by];
  if (!post) return;
  post.tabIndex = -1;
  post.focus({ preventScroll: true });
  post.scrollIntoView({ block: "nearest" });
};
const click = (selector) => {
  const target = current()?.querySelector(selector);
  if (!target || target.disabled) return;
  if (target.matches("details")) target.open = !target.open;
  else target.click();
};

function help() {
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = t("Keyboard shortcuts");
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, meaning] of KEYS) {
    const term = document.createElement("dt");
    for (const one of key.split(" ")) {
      if (one === "or") { term.append(` ${t("or")} `); continue; }
      const cap = document.createElement("kbd");
      cap.textContent = one;
      term.append(cap, " ");
    }
    const words = document.createElement("dd");
    words.textContent = meaning;
    list.append(term, words);
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = t("Close");
  button.addEventListener("click", () => dialog.close());
  dialog.append(title, list, button);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  o: () => click("a.when"),
  p: () => click("a.by"),
  r: () => click("a.reply"),
  b: () => click("button.boost"),
  l: () => click("button.like"),
  f: () => click("button.like"),
  s: () => click("button.bookmark"),
  x: () => click("details.warning"),
  e: () => click(".media figure > a"),
  n: () => document.querySelector(".main-nav a[href='/compose']")?.click(),
  "/": () => location.assign("/search"),
  ".": () => { const pill = document.querySelector(".new-posts:not([hidden])"); if (pill) pill.click(); else scrollTo({ top: 0 }); },
  "?": help,
};

export function press(key) {
  if (performance.now() - leader < 1500 && PLACES[key]) {
    leader = -Infinity;
    location.assign(PLACES[key]);
    return;
  }
  leader = key === "g" ? performance.now() : -Infinity;
  if (Object.hasOwn(actions, key)) actions[key]();
}
