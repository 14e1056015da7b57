// Keeps columns alive: what is new comes in by itself at the top of a column that nobody reads in, else waits behind a button; older posts
// load while one scrolls; moving, resizing and removing happen in place. Without scripts columns are as they were when the page was loaded.

import { t, tn } from "../site.js";

const deck = document.querySelector(".deck");
const MOST_ROWS = 120;
const PAUSE_MS = 2500; // between two looks at one column
const hovers = matchMedia("(hover: hover)");
const all = () => [...deck.querySelectorAll(".column[data-column]")];
const byNumber = (number) => deck.querySelector(`.column[data-column="${number}"]`);

// --- what is new

class Column {
  constructor(element) {
    this.element = element;
    this.rows = element.querySelector(".rows");
    this.feed = element.querySelector(".feed");
    this.waiting = new Set();
    this.isStale = false;
    this.timer = 0;
    this.last = 0;
    this.rows.addEventListener("scroll", () => { if (!this.isRead() && this.isStale) this.look(); }, { passive: true });
    element.addEventListener("pointerleave", () => { if (!this.isRead() && this.isStale) this.look(); });
  }

  get kind() { return this.element.dataset.kind; }

  // somebody is in the middle of it: nothing may move
  isRead() {
    return this.rows.scrollTop > 40 || (hovers.matches && this.element.matches(":hover")) || this.rows.contains(document.activeElement)
      || Boolean(this.rows.querySelector("details[open], form.composer"));
  }

  hear({ stream, event, payload }) {
    if (event === "reconnected") return this.look();
    if (this.kind === "notifications") { if (event === "notification") this.look(); return; }
    if (this.kind === "messages") { if (event === "conversation") this.look(); return; }
    if (event !== "update") return;
    const status = JSON.parse(payload);
    const isOurs = this.kind === "person" ? status.account.id === this.element.dataset.person : stream === this.element.dataset.live;
    if (!isOurs || this.has(status.id)) return;
    this.waiting.add(status.id);
    this.look();
  }

  has(id) { return Boolean(document.getElementById(`post-${id}-${this.element.dataset.column}`)); }

  // Soon, and not more often than every few seconds: many posts may come at once.
  look() {
    this.isStale = true;
    if (document.hidden) return;
    if (this.isRead()) { this.offer(); return; }
    if (this.timer) return;
    this.timer = setTimeout(() => { this.timer = 0; if (this.isRead()) this.offer(); else this.load(); }, Math.max(300, this.last + PAUSE_MS - Date.now()));
  }

  offer() {
    if (!this.button) {
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "new-posts";
      this.button.addEventListener("click", async () => {
        this.rows.scrollTo({ top: 0 });
        await this.load();
        this.rows.focus({ preventScroll: true });
      });
      this.rows.prepend(this.button);
    }
    this.button.hidden = false;
    const count = this.waiting.size;
    this.button.textContent = count ? tn("{count} new post", "{count} new posts", count) : t("Check for new posts");
  }

  async load() {
    this.last = Date.now();
    const answer = await fetch(`/columns/${this.element.dataset.column}`, { headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    this.isStale = false;
    this.waiting.clear();
    if (this.button) this.button.hidden = true;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const rows = [...page.querySelectorAll(":scope > article")];
    const known = ["notifications", "messages"].includes(this.kind) ? -1 : rows.findIndex((row) => document.getElementById(row.id));
    // else more than a page has come, or groups changed: begin at the top
    const isWhole = known >= 0;
    if (isWhole) {
      this.feed.prepend(...rows.slice(0, known));
      // the tab stays small, however long it is open
      const posts = this.feed.querySelectorAll(":scope > article");
      if (posts.length > MOST_ROWS) this.shorten(page, posts);
    } else this.feed.replaceChildren(...page.childNodes);
    this.show(isWhole ? rows.slice(0, known) : [...this.feed.children]);
    if (this.kind === "notifications") import("../live/page.js").then((module) => module.tellUnread(0));
  }

  // Back to the newest page, whose link leads on to the older ones.
  shorten(page, posts) {
    for (const post of [...posts].slice(page.querySelectorAll(":scope > article").length)) post.remove();
    this.feed.querySelector(":scope > .pager")?.remove();
    const pager = page.querySelector(":scope > .pager");
    if (pager) this.feed.append(pager);
  }

  show(rows) {
    for (const row of rows) htmx.process(row);
    // times in the reader's zone
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: this.feed } }));
  }

  // Older posts load when the end comes near, in columns that came into sight.
  follow() {
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) {
        near.unobserve(target);
        target.click();
      }
    }, { root: this.rows, rootMargin: "800px 0px" });
    const watch = () => { for (const link of this.feed.querySelectorAll(":scope > .pager a[hx-get]")) near.observe(link); };
    new MutationObserver(watch).observe(this.feed, { childList: true });
    watch();
    // unread notifications count as seen when their column has been in sight
    if (this.kind === "notifications" && this.feed.querySelector(".unread")) this.load();
  }
}

const columns = new Map(all().map((element) => [element.dataset.column, new Column(element)]));
const each = (act) => { for (const column of columns.values()) act(column); };
document.addEventListener("live", ({ detail }) => each((column) => column.hear(detail)));
document.addEventListener("visibilitychange", () => { if (!document.hidden) each((column) => { if (column.isStale) column.look(); }); });
// what somebody keeps appears in the column of what they keep
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (!successful) return;
  const kept = { bookmark: "bookmarks", like: "likes" };
  for (const [name, kind] of Object.entries(kept)) if (elt.matches?.(`.act.${name}`)) each((column) => { if (column.kind === kind) column.look(); });
});

const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) {
    sight.unobserve(target);
    columns.get(target.dataset.column)?.follow();
  }
}, { threshold: 0.1 });
each(({ element }) => sight.observe(element));

// --- moving, resizing, removing

function arrange() {
  const elements = all();
  elements.forEach((element, place) => {
    for (const [name, to] of [["to-left", place - 1], ["to-right", place + 1]]) {
      const button = element.querySelector(`button.${name}`);
      button.setAttribute("formaction", `/columns/${element.dataset.column}/move?to=${to}`);
      button.disabled = to < 0 || to >= elements.length;
    }
  });
}
const tab = (number) => document.querySelector(`.deck-tabs a[href="#column-${number}"]`);
document.addEventListener("column", ({ detail: { number, place, width, removed } }) => {
  const element = byNumber(number);
  if (!element) return;
  if (removed) {
    const next = element.nextElementSibling;
    columns.delete(String(number));
    element.remove();
    tab(number)?.remove();
    next?.querySelector("h2 a, button")?.focus({ preventScroll: true });
  }
  if (place !== undefined) {
    for (const [part, others] of [[element, all()], [tab(number), [...document.querySelectorAll(".deck-tabs a[href^='#column-']")]]]) {
      const rest = others.filter((one) => one !== part);
      const scrolled = element.querySelector(".rows").scrollTop;
      if (rest[place]) rest[place].before(part); else rest.at(-1)?.after(part);
      element.querySelector(".rows").scrollTop = scrolled;
    }
    element.scrollIntoView({ inline: "nearest", block: "nearest" });
    element.querySelector("h2 a, summary")?.focus({ preventScroll: true });
  }
  if (width) {
    element.classList.remove("narrow", "normal", "wide");
    element.classList.add(width);
    for (const button of element.querySelectorAll("[data-width]")) button.setAttribute("aria-pressed", String(button.dataset.width === width));
  }
  arrange();
});

// 1 to 9 go to a column; Shift and an arrow move the one whose heading has the focus.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select, [contenteditable]")) return;
  if (/^[1-9]$/.test(event.key)) {
    const element = all()[event.key - 1];
    element?.scrollIntoView({ inline: "nearest", block: "nearest" });
    element?.querySelector("h2 a")?.focus({ preventScroll: true });
  }
  const head = event.target.closest?.(".column > header");
  if (!head || !event.shiftKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  head.querySelector(event.key === "ArrowLeft" ? ".to-left:enabled" : ".to-right:enabled")?.click();
});

// On a phone the strip of names says which column is in sight.
const shown = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) {
    for (const link of document.querySelectorAll(".deck-tabs a")) link.removeAttribute("aria-current");
    const link = tab(target.dataset.column);
    link?.setAttribute("aria-current", "true");
    if (link) link.parentElement.scrollLeft = link.offsetLeft - (link.parentElement.clientWidth - link.offsetWidth) / 2;
  }
}, { root: deck, threshold: 0.6 });
if (matchMedia("(max-width: 49.99rem)").matches) for (const element of all()) shown.observe(element);
