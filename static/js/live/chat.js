// Keeps private conversations alive: messages come into the one that is open and count as read once they are seen there; sending one does
// not load the page again; the list of conversations has the newest on top. Without scripts a message loads the page again.

import { atRest, t } from "../site.js";

const talk = document.querySelector(".chat");
const list = document.querySelector("[data-talks][data-live]");
const form = document.querySelector(".chat-box");
let isStale = false;
let timer = 0;

// What somebody does not look at is not read: the page that is fetched says to the server that it was.
function look() {
  isStale = true;
  if (document.hidden || timer) return;
  timer = setTimeout(async () => {
    timer = 0;
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) take(await parsed(answer));
  }, 300);
}
const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) look(); });

// somebody is at a menu of it, or presses something
const isInUse = (part) => part.querySelector("details[open], :active") || part.contains(document.activeElement);

function take(page) {
  isStale = false;
  if (talk) takeMessages(page);
  const fresh = page.querySelector("[data-talks]");
  if (list && fresh && !isInUse(list)) {
    takeTalks(fresh);
    arrive(list);
  }
}

// The newest conversations, and below them those that scrolling brought (reading/scroll.js).
function takeTalks(fresh) {
  const old = [...list.children], { pathname } = location;
  const last = old.findLastIndex((row) => row.id && fresh.querySelector(`#${row.id}`));
  const hasGrown = old.some(({ dataset }) => dataset.page && dataset.page !== pathname);
  const rest = hasGrown ? old.slice(last + 1) : [];
  if (hasGrown) fresh.querySelector(".pager")?.remove();
  for (const row of fresh.children) if (row.id) row.dataset.page = pathname;
  list.replaceChildren(...fresh.childNodes, ...rest);
}

// Earlier messages come when the first one comes near. Without scripts a link leads to them.
const earlier = talk && document.querySelector(".pager > a[rel=next]");
const nearTop = new IntersectionObserver(async ([{ isIntersecting }]) => {
  if (!isIntersecting) return;
  nearTop.disconnect();
  const answer = await fetch(earlier.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = await parsed(answer), rows = [...page.querySelectorAll(".chat > [data-post]")];
  const shown = talk.firstElementChild, { top } = shown.getBoundingClientRect();
  // neither told one by one, nor moved twice by browsers that keep the place themselves
  const { ariaLive } = talk, { style } = document.documentElement;
  talk.ariaLive = "off";
  style.overflowAnchor = "none";
  for (const row of rows) row.removeAttribute("id");
  talk.prepend(...rows);
  rows.forEach(arrive);
  const next = page.querySelector(".pager > a[rel=next]");
  if (next) earlier.setAttribute("href", next.getAttribute("href"));
  else earlier.parentElement.remove();
  scrollBy(0, shown.getBoundingClientRect().top - top);
  setTimeout(() => {
    talk.ariaLive = ariaLive;
    style.overflowAnchor = "";
    if (next) nearTop.observe(earlier);
  }, 300);
}, { rootMargin: "800px 0px 0px" });
if (earlier) atRest(() => nearTop.observe(earlier)); 

function takeMessages(page) {
  const fresh = page.querySelector(".chat");
  // earlier messages are shown: the newest are a link away
  if (!fresh || !form) return;
  const isAtEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const known = new Map([...talk.querySelectorAll(":scope > [data-post]")].map((one) => [one.dataset.post, one]));
  const here = [...fresh.querySelectorAll(":scope > [data-post]")];
  talk.querySelector(":scope > .soft")?.remove();
  let last = null;
  for (const one of here) {
    const old = known.get(one.dataset.post);
    if (!old) talk.append(last = one);
    else if (said(old) !== said(one) && !isInUse(old)) old.replaceWith(one);
    else continue;
    arrive(one);
  }
  // deleted meanwhile: what stands after the first message of the page, and is not on it
  const kept = new Set(here.map((one) => one.dataset.post));
  let isOnPage = false;
  for (const [id, one] of known) {
    isOnPage ||= id === here[0]?.dataset.post;
    if (isOnPage && !kept.has(id)) one.remove();
  }
  talk.querySelector("#newest")?.removeAttribute("id");
  const newest = talk.querySelector(":scope > li:last-child");
  if (newest) newest.id = "newest";
  for (const name of ["once", "answers"]) {
    const input = page.querySelector(`.chat-box [name=${name}]`);
    // the token of what is being typed stays, so that it is sent once
    if (input && (name === "answers" || !form.elements.text.value)) form.elements[name].value = input.value;
  }
  if (last && isAtEnd) last.scrollIntoView({ block: "end" });
  else if (last) offer(last);
}
const said = (message) => [...message.querySelectorAll(".content, summary, figure")].map((part) => part.textContent).join("\n");

function arrive(part) {
  htmx.process(part);
  // times in the reader's zone, players
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: part } }));
}

// somebody reads further up
let button = null;
function offer(message) {
  button ??= document.createElement("button");
  button.type = "button";
  button.className = "new-posts";
  button.textContent = t("New messages");
  button.onclick = () => { button.remove(); message.scrollIntoView({ block: "end" }); form.elements.text.focus({ preventScroll: true }); };
  form.before(button);
}
addEventListener("scroll", () => {
  if (button?.isConnected && innerHeight + scrollY > document.documentElement.scrollHeight - 80) button.remove();
}, { passive: true });

document.addEventListener("live", ({ detail: { event, payload } }) => {
  if (event === "reconnected") look();
  else if (event === "conversation" && (list || JSON.parse(payload).id === talk?.dataset.talk)) look();
  else if (event === "delete" && talk) talk.querySelector(`[data-post="${CSS.escape(payload)}"]`)?.remove();
  else if (event === "status.update" && talk?.querySelector(`[data-post="${CSS.escape(JSON.parse(payload).id)}"]`)) look();
});

// Sent in place. What the server refuses is shown as the page would show it.
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = form.elements.text, send = form.querySelector(".send button");
  if (send.disabled) return;
  send.disabled = true;
  const answer = await fetch(form.getAttribute("action") || location.pathname, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" } }).catch(() => null);
  send.disabled = false;
  form.querySelector("#message-error")?.remove();
  if (!answer) return fail(t("The server can't be reached. Are you online?"));
  // signed out meanwhile, or the conversation is no longer there: the page that says so, with the words
  if (answer.redirected ? new URL(answer.url).pathname !== location.pathname : answer.status !== 422) { HTMLFormElement.prototype.submit.call(form); return; }
  const page = await parsed(answer);
  const problem = page.getElementById("message-error");
  if (problem) {
    form.prepend(problem);
    text.setAttribute("aria-invalid", "true");
    look();
    return;
  }
  text.value = "";
  text.removeAttribute("aria-invalid");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  take(page);
  talk.querySelector("#newest")?.scrollIntoView({ block: "end" });
  text.focus({ preventScroll: true });
});
// Enter sends where there are real keys; on phones it starts a line. completion.js takes the one that picks a name.
const sendsByEnter = matchMedia("(hover: hover) and (pointer: fine)").matches;
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("textarea")) return;
  const isKey = event.ctrlKey || event.metaKey;
  // completion.js answers to these itself
  if (event.shiftKey || event.altKey || !(sendsByEnter || isKey)) return;
  event.preventDefault();
  if (event.target.value.trim()) form.requestSubmit();
});
const hint = form?.querySelector("[data-keys]");
if (hint) hint.hidden = !sendsByEnter;
function fail(words) {
  const note = document.createElement("p");
  note.className = "note bad";
  note.id = "message-error";
  note.setAttribute("role", "alert");
  note.textContent = words;
  form.prepend(note);
}
