// The composer in the page that is open: on top of Home, under the post that is answered, else in a dialog, which fills the screen of
// phones. It is the form of /compose, or that of an edit, with all that belongs to it; what was typed stays a draft when it is closed. Without scripts its links lead there.

import { loadSheet, say, t } from "../site.js";

const MOST_MS = 3000;

let opened = null;

const isPhone = () => matchMedia("(max-width: 49.99rem)").matches;
const styled = (address) => new Promise((done) => {
  const link = loadSheet(address);
  if (link.sheet) { done(); return; }
  for (const end of ["load", "error"]) link.addEventListener(end, done, { once: true });
});
const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

export function close() {
  if (!opened) return;
  const { holder, link, returns, isSent } = opened;
  opened = null;
  const form = holder.querySelector("form.composer");
  form?.dispatchEvent(new Event("composer:close")); // drafts.js
  holder.remove();
  link.classList.remove("is-open");
  const box = link.closest("form.reply-box");
  box?.dispatchEvent(new CustomEvent("composer:close", { detail: isSent ? "" : form?.elements.text.value })); // replying.js
  if (!box || returns !== link) (returns.isConnected ? returns : document.getElementById("main")).focus({ preventScroll: true });
  else box.dispatchEvent(new Event("composer:return"));
}

function closer() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet close-box";
  button.textContent = "×";
  button.setAttribute("aria-label", t("Close"));
  button.addEventListener("click", close);
  return button;
}

// What was sent is shown at once on top of Home, and under the post it answers in an open conversation.
async function showSent(link) {
  const id = link?.match(/\/(\d+)$/)?.[1];
  if (!id) return; // scheduled
  const thread = document.querySelector("main > .feed.thread[data-live]");
  if (thread) document.dispatchEvent(new CustomEvent("live", { detail: { stream: thread.dataset.live, event: "update" } })); // live/thread.js
  else if (document.querySelector("main > .start") && !document.querySelector("main > .feed")) location.reload(); // the first post
  const page = await import("../live/page.js");
  if (page.isHome) page.showOwn(id);
}

// Sends the form and stays where one is. What is refused is shown as the server shows it.
async function send(event) {
  const form = event.target;
  if (event.defaultPrevented || event.submitter?.name) return; // "Save draft" and the like lead to their page
  event.preventDefault();
  if (form.inert) return;
  form.inert = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    if (answer.status === 204) {
      const { toast } = JSON.parse(answer.headers.get("HX-Trigger"));
      form.dispatchEvent(new Event("composer:sent"));
      opened.isSent = true;
      close();
      document.dispatchEvent(new CustomEvent("toast", { detail: toast }));
      if (!form.dataset.edits) showSent(toast.link);
      // the new text, or one more reply to it
      const changed = form.dataset.edits || form.elements.reply_to?.value;
      if (changed) import("../live/page.js").then((page) => page.refresh(changed));
    } else if (answer.status === 401) { form.submit(); return; } // signed out: submitted as a page, the text comes back after signing in
    else if (answer.redirected) location.assign(answer.url);
    else if (answer.ok || answer.status === 422) put(await parsed(answer));
    else document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { elt: form, xhr: answer } })); // site.js says what
  } catch {
    // sent as a page, worker.js keeps it until there is a connection; should it have arrived, its mark says so
    if (navigator.serviceWorker?.controller) { form.submit(); return; }
    say(t("The server can't be reached. Are you online?"));
  }
  form.inert = false;
}

// `typed` is what somebody wrote already, and where in it they are.
function put(page, typed) {
  const { holder } = opened;
  const form = document.importNode(page.querySelector("form.composer"), true);
  form.setAttribute("aria-label", page.querySelector("h1").textContent.replace(/\s+/g, " ").trim());
  if (!form.hasAttribute("action")) form.action = opened.address;
  form.addEventListener("submit", send);
  // until composer.js is there, which does it then
  form.addEventListener("keydown", (event) => {
    const isSending = event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea, input");
    if (isSending && !("counted" in event.target.dataset)) form.requestSubmit();
  });
  holder.querySelector("form.composer")?.remove();
  holder.append(form);
  const field = form.elements.text;
  if (typed) field.value = typed.text;
  if (!holder.matches("dialog")) form.prepend(closer());
  htmx.process(form);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: form } })); // its scripts
  // reminded of a description: where it is missing
  const missing = form.elements.undescribed && [...form.querySelectorAll(".file-row textarea[name^=description_]")].find((area) => !area.value);
  const place = missing ?? form.querySelector(".captions [aria-invalid=true]") ?? field;
  place.focus();
  const end = field.value.length;
  if (place === field) field.setSelectionRange(...(typed?.caret ?? [end, end]));
}

// On phones: who and what is answered on top, the form below it down to the keyboard.
function dialogFor(link, page, isReply) {
  const dialog = document.createElement("dialog");
  dialog.className = "composing";
  const head = document.createElement("div");
  head.className = "page-head";
  const title = document.createElement("h2");
  title.id = "composing-title";
  title.append(...document.importNode(page.querySelector("h1"), true).childNodes);
  head.append(closer(), title);
  dialog.append(head);
  dialog.setAttribute("aria-labelledby", title.id);
  const post = link.closest("article.post") ?? document.querySelector("article.focus");
  const words = isReply && post?.querySelector(".content");
  if (words) {
    const answered = document.createElement("p");
    answered.className = "quoted answered";
    answered.dir = "auto";
    answered.textContent = words.innerText;
    dialog.append(answered);
  }
  // the menus of the form close first (site.js)
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("details.menu[open]")) event.preventDefault();
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); if (event.target === dialog) close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// The shape of the dialog while its form is on its way, should that take a moment. Returns what takes it away and tells whether somebody did.
function outline(link, returns) {
  const dialog = document.createElement("dialog");
  let isClosed = false;
  const leave = () => {
    isClosed = true;
    dialog.remove();
    returns.focus({ preventScroll: true });
  };
  dialog.addEventListener("cancel", leave);
  const timer = setTimeout(() => {
    dialog.className = "coming";
    dialog.innerHTML = '<div class="page-head"><h2 id="waiting-title"></h2></div>';
    const button = closer();
    button.addEventListener("click", leave);
    dialog.firstChild.prepend(button);
    dialog.querySelector("h2").textContent = link.getAttribute("aria-label") ?? link.textContent.trim();
    dialog.setAttribute("aria-labelledby", "waiting-title");
    dialog.setAttribute("aria-busy", "true");
    document.body.append(dialog);
    dialog.showModal();
  }, 150);
  return () => {
    clearTimeout(timer);
    dialog.remove();
    return isClosed;
  };
}

// The place of the form under a post while it is on its way.
function shapeBelow(place) {
  const shape = document.createElement("div");
  shape.className = "coming";
  shape.setAttribute("aria-hidden", "true");
  const timer = setTimeout(() => place.after(shape), 150);
  return () => {
    clearTimeout(timer);
    shape.remove();
    return false;
  };
}

// What stands in the box under a thread; the caret only of who is in it, or has been.
function typedIn(form) {
  const area = form?.elements.text;
  if (!area) return null;
  const isBegun = area === document.activeElement || area.value !== area.defaultValue;
  return { text: area.value, caret: isBegun ? [area.selectionStart, area.selectionEnd] : null };
}

// Who only went into that box (replying.js) did not ask for another page: `isStill` says whether they are in it when the composer has come,
// and what can't be opened then is left as it is.
export async function open(pressed, isStill) {
  let link = pressed;
  const isReply = link.matches(".reply, #answer a");
  if (isReply && link.closest("article.focus")) link = document.querySelector("#answer .send > a") ?? link;
  if (link.matches(".main-nav a")) link = document.querySelector("main > a.start") ?? link;
  if (opened?.link === link) { opened.holder.querySelector("textarea").focus(); return; }
  const asked = new URL(link.href);
  if (document.querySelector("main > form.composer") || /[?&](draft|scheduled)=/.test(asked.search)) { location.assign(asked); return; } // the composer's own page shows the post it answers
  if (!asked.searchParams.has("next")) asked.searchParams.set("next", location.pathname + location.search);
  // of a menu, which closes, its button
  const menu = pressed.closest("details.menu, [popover]");
  // of a key, the post that it was pressed on
  const at = document.activeElement?.matches("article.post") ? document.activeElement : null;
  const returns = menu?.popover ? menu.previousElementSibling : menu?.querySelector("summary") ?? at ?? pressed;
  if (menu?.popover) menu.hidePopover();
  else menu?.removeAttribute("open");
  pressed.setAttribute("aria-busy", "true");
  const isDialog = isPhone() || !(isReply || link.matches(".start"));
  const place = link.closest("article.post, form.reply-box") ?? link;
  // who is in the box under a thread goes on writing in it
  const unveil = isStill ? () => false : isDialog ? outline(pressed, returns) : shapeBelow(place);
  try {
    const answer = await fetch(asked, { redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = await parsed(answer);
    // another tab switched the account: the whole page says who writes
    if (page.body.dataset.identity && page.body.dataset.identity !== document.body.dataset.identity) throw new Error("another account");
    // a kept composer knows nothing of the post: who may see the reply, and whom it is for
    if (page.body.dataset.kept && (asked.searchParams.has("reply_to") || asked.searchParams.has("quote"))) throw new Error("kept");
    // its scripts would move what one looks at already; who waits for them for long can begin to write
    const scripts = page.querySelector("form.composer").dataset.modules.split(" ").map((address) => import(address));
    await Promise.all([
      ...[...page.querySelectorAll("link[rel=stylesheet]:not([media])")].map((sheet) => styled(sheet.getAttribute("href"))),
      Promise.race([Promise.allSettled(scripts), new Promise((done) => setTimeout(done, MOST_MS))]),
    ]);
    if (isStill && !await isStill()) return;
    if (unveil()) return;
    close();
    const form = link.closest("form.reply-box"), typed = typedIn(form);
    let holder;
    if (isDialog) holder = dialogFor(link, page, isReply);
    else {
      holder = document.createElement("div");
      holder.className = "composing";
      place.after(holder);
      holder.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest("[popover], details.menu[open]")) close();
      });
    }
    opened = { holder, link, returns, address: asked.href };
    link.classList.add("is-open");
    put(page, typed);
    if (form) form.elements.text.value = form.elements.text.defaultValue;
    if (!holder.matches("dialog")) holder.scrollIntoView({ block: "nearest" });
  } catch { // signed out meanwhile, offline, or the post is gone: the page says so
    if (!isStill && !unveil()) location.assign(asked);
  } finally {
    unveil();
    pressed.removeAttribute("aria-busy");
  }
}
