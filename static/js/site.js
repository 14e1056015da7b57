// What a browser with scripts does better. Every page works without this file.
"use strict";

// Texts in the language of the page: `words` comes with pages that are not in English (docs/develop/translations.md).
const filled = (text, parts) => text.replace(/\{(\w+)\}/g, (whole, name) => parts?.[name] ?? whole);
window.t = (text, parts) => filled(window.words?.[text] ?? text, parts);
window.tn = (one, many, count) => {
  const forms = window.words?.[one] ?? { one, other: many };
  const kind = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(forms[kind] ?? forms.other, { count: count.toLocaleString(`${document.documentElement.lang}-u-nu-latn`) });
};

// A message for a moment, for what went wrong behind a button.
function say(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { if (toast.textContent === text) toast.replaceChildren(); }, 6000);
}
document.addEventListener("htmx:responseError", ({ detail: { xhr: { status } } }) => {
  say(status === 429
    ? t("Too many requests. Wait a moment.")
    : status === 409
    ? t("You have switched to another account. Reload the page.")
    : t("That did not work. Reload the page and try again."));
});
document.addEventListener("htmx:sendError", () => say(t("The server can't be reached. Are you online?")));

// Who goes on before a page has faded in cuts its transition off, which is no error.
addEventListener("unhandledrejection", (event) => { if (/^Transition was /.test(event.reason?.message)) event.preventDefault(); });

// What can be taken back says so for a while: toasts are loaded with the first one.
const toasts = () => import(document.body.dataset.toasts);
document.addEventListener("toast", ({ detail, target }) => {
  // the stream may tell of the deletion before toasts have come: they take the post out, and can put it back (live/page.js)
  if (detail.hides === "post") target.closest("article.post")?.setAttribute("data-deletion", "here");
  toasts().then((module) => module.show(detail, target));
});
if (document.querySelector("[data-toast]")) toasts();

// What htmx does with the buttons and the menu of a post stands here once, instead of in each post.
function wire(root) {
  const wired = [];
  const tell = (elt, orders) => {
    for (const [name, value] of Object.entries(orders)) elt.setAttribute(`hx-${name}`, value);
    wired.push(elt);
  };
  for (const act of root.querySelectorAll("button.act[formaction]:not([hx-post])")) {
    tell(act, { post: "", sync: "this:drop" });
    if (act.matches(".quotable")) act.ariaHasPopup = "menu";
  }
  for (const link of root.querySelectorAll(".post > footer > .menu:not([hx-get]) > div > a[href*=menu]:only-child")) {
    tell(link.closest("details"), { get: link.href, trigger: "toggle once", target: "find div", swap: "innerHTML" });
  }
  return wired;
}
wire(document);
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const piece of wire(elt.parentElement ?? elt)) htmx.process(piece);
});

// A button's address stands in its formaction only: `hx-post` without a value means the same one.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { elt } = detail;
  if (elt.matches("button[formaction][hx-post='']")) detail.path = elt.getAttribute("formaction");
});

// Signed out meanwhile: an htmx request that was led to another page leads the whole window there.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { responseURL } = detail.xhr;
  if (detail.requestConfig.verb !== "get" && responseURL && new URL(responseURL).pathname.startsWith("/sign-in")) {
    detail.shouldSwap = false;
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

// The focus goes on from a row that is dismissed.
document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap, requestConfig } }) => {
  if (!shouldSwap || !requestConfig.path.endsWith("dismiss")) return;
  const row = target.closest("[data-group]") ?? target;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  setTimeout(() => (next?.querySelector("a[href]:not([tabindex='-1']), button") ?? document.getElementById("main")).focus());
});

// Menus close like menus: by a click or the focus elsewhere, by Escape, by opening another.
// The focus goes to what the menu stands in when a part of it can't have it.
for (const leaving of ["click", "focusin"]) document.addEventListener(leaving, ({ target, type, isTrusted }) => {
  if (!isTrusted) return; // scroll.js presses "Older" by itself
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) && !(type === "focusin" && target.contains(menu))) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" && menu && !menu.open && event.target.matches("summary")) {
    event.preventDefault();
    menu.dataset.byKeys = "yes";
    menu.open = true;
  }
});
const menus = () => import(document.body.dataset.menus);
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches?.("details.menu")) menus().then((module) => module.opened(target));
}, true);
document.addEventListener("click", (event) => {
  const button = event.isTrusted && event.target.closest?.("button.boost[aria-haspopup]"); // keys.js boosts at once
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  menus().then((module) => module.boostOrQuote(button), () => button.click());
}, true);

// A conversation opens at its post, with the earlier ones above it. Back and reload find the place that was left.
const focused = document.querySelector(".thread > :not(:first-child).focus");
if (focused && !scrollY && performance.getEntriesByType("navigation")[0]?.type === "navigate") focused.scrollIntoView();

// On a narrow screen the tabs are one line that scrolls: the current one is in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const strip = tab.parentElement;
  strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}

// A form that was sent is not sent twice.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What few visits need is loaded when it is first asked for.
function loadSheet(address, then) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  const link = document.createElement("link");
  link.onload = link.onerror = then;
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}
// A piece is asked for once its style sheet has come.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail, { sheet } = elt.dataset;
  if (!sheet) return;
  event.preventDefault();
  loadSheet(sheet, () => issueRequest());
});
// Players of our own, and the colours of pictures until they have come.
function enrich(root) {
  if (!root.querySelector(".media video, .media audio, [data-blur]")) return;
  const [script, sheet] = document.body.dataset.media.split(" ");
  loadSheet(sheet);
  import(script).then((media) => media.enhance(root));
}
enrich(document);
const isPlain = (click) => !(click.button || click.ctrlKey || click.metaKey || click.shiftKey);
document.addEventListener("htmx:load", ({ detail: { elt } }) => enrich(elt.parentElement ?? elt));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".media figure > a:has(> img)");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  loadSheet(document.body.dataset.dialogs);
  import(document.body.dataset.viewer).then((viewer) => viewer.open(link));
});
// On phones only replies open in place, on wide screens also new posts, quotes and edits.
document.addEventListener("click", (event) => {
  const replies = "a.act.reply, #answer .send > a";
  const link = event.target.closest?.(`${replies}, .main-nav a[href='/compose'], a[href^='/compose?'], .post .menu a[href$='/edit']`);
  if (!link || !isPlain(event)) return;
  if (!link.matches(replies) && matchMedia("(max-width: 49.99rem)").matches) return;
  event.preventDefault();
  import(document.body.dataset.composing).then((module) => module.open(link), () => location.assign(link.href));
});
document.addEventListener("keydown", (event) => {
  const { keys, dialogs } = document.body.dataset;
  if (!keys || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !/^[a-z./?]$/.test(event.key)) return;
  if (event.target.matches?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  loadSheet(dialogs);
  import(keys).then((module) => module.press(event.key));
});

// A piece of a page brings the scripts of its own page along.
document.addEventListener("htmx:load", ({ detail }) => {
  for (const address of (detail.elt.dataset.scripts || "").split(/\s+/)) if (address) {
    // in their order
    document.head.append(Object.assign(document.createElement("script"), { src: address, async: false }));
  }
});

// When the page is at rest comes what keeps it true, and, after its pictures, what makes an app of it.
const atRest = (work) => window.requestIdleCallback ? requestIdleCallback(work, { timeout: 1000 }) : setTimeout(work);
atRest(() => {
  for (const { dataset } of document.querySelectorAll("[data-later]")) for (const module of dataset.later.split(/\s+/)) import(module);
});
const { app } = document.body.dataset;
if (app) addEventListener("load", () => atRest(() => import(app)));
