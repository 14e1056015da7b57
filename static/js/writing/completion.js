// Complete what is typed in a post: people after @, hashtags after #, emoji after a colon, under the caret and by keyboard first.
// The options are the server's (web/posts/completion.py).
"use strict";

if (!document.documentElement.dataset.completes) (() => {
document.documentElement.dataset.completes = "yes";
const WAIT_MS = 120;
// a person with the first letter, a hashtag, too; an emoji with two, for a colon stands in much else
const BEGUN = /(?<![\p{L}\p{N}_@#:\/&=.])(@[\p{L}\p{N}_.+-]+(?:@[\p{L}\p{N}.-]*)?|#[\p{L}\p{N}_]+|:[\p{L}\p{N}_+-]{2,})$/u;
// what a textarea's letters are laid out by
const LAYOUT = ["boxSizing", "width", "fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight", "paddingTop", "paddingRight",
  "paddingBottom", "paddingLeft", "borderTopWidth", "borderRightWidth", "borderBottomWidth", "borderLeftWidth", "textAlign", "direction"];

const list = document.createElement("ul");
list.className = "completions";
list.id = "completions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", t("Suggestions"));
const count = document.createElement("p");
count.className = "visually-hidden";
count.setAttribute("role", "status");
let field = null, start = 0, current = 0, timer = 0, asking = null;

const typed = () => field.value.slice(0, field.selectionEnd).match(BEGUN)?.[1] || "";

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.remove();
  count.textContent = "";
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
}

// Where the letter at `place` is, in the field's own measure.
function positionOf(place) {
  const mirror = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of LAYOUT) mirror.style[name] = style[name];
  Object.assign(mirror.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", borderStyle: "solid", top: "0" });
  const mark = document.createElement("span");
  mark.textContent = "\u200b";
  mirror.append(field.value.slice(0, place), mark);
  document.body.append(mirror);
  const found = { left: mark.offsetLeft, top: mark.offsetTop + mark.offsetHeight };
  mirror.remove();
  return found;
}

function lay() {
  const at = positionOf(start);
  list.style.maxWidth = `${field.offsetWidth}px`;
  const room = field.offsetWidth - list.offsetWidth;
  list.style.top = `${field.offsetTop + Math.min(at.top - field.scrollTop, field.offsetHeight) + 4}px`;
  list.style.left = `${field.offsetLeft + Math.max(0, Math.min(at.left - 12, room))}px`;
}

function mark(place) {
  current = place;
  [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === current)));
  field.setAttribute("aria-activedescendant", list.children[current].id);
  list.children[current].scrollIntoView({ block: "nearest" });
}

function pick(place) {
  const after = field.value.slice(field.selectionEnd);
  const words = list.children[place].dataset.put + (/^\s/.test(after) ? "" : " ");
  const end = start + words.length;
  field.value = field.value.slice(0, start) + words + after;
  field.setSelectionRange(end, end);
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(begun) {
  asking = new AbortController();
  let html;
  try {
    const answer = await fetch(`/compose/suggestions?q=${encodeURIComponent(begun)}`, { signal: asking.signal, redirect: "error" });
    if (!answer.ok) return;
    html = await answer.text();
  } catch { return; } // typed on meanwhile, or offline
  if (typed() !== begun || document.activeElement !== field) return;
  list.innerHTML = html; // the server's own, escaped there
  if (!list.children.length) return close();
  [...list.children].forEach((option, place) => { option.id = `completion-${place}`; });
  start = field.selectionEnd - begun.length;
  field.after(list);
  list.after(count);
  field.setAttribute("aria-controls", list.id);
  const many = list.children.length;
  count.textContent = tn("{count} suggestion", "{count} suggestions", many);
  mark(0);
  lay();
}

// Offer what completes the word before the caret. Called with each letter.
function offer(written) {
  if (field !== written) close();
  field = written;
  const begun = typed();
  clearTimeout(timer);
  asking?.abort();
  if (!begun || list.querySelector(`[data-put="${CSS.escape(begun)}"]`)) return close();
  timer = setTimeout(() => ask(begun), WAIT_MS);
}

list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const option = event.target.closest("li");
  if (option) pick([...list.children].indexOf(option));
});
document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
document.addEventListener("keydown", (event) => {
  if (!list.isConnected || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const many = list.children.length;
  if (step) mark((current + step + many) % many);
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) pick(current);
  else if (event.key === "Escape") close();
  else {
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) close();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, true);

// The box under a thread begins with the names it answers: who tabs into it writes behind them. composer.js does the same for other forms.
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches(".reply-box textarea") || target.value !== target.defaultValue || target.selectionEnd) return;
  target.setSelectionRange(target.value.length, target.value.length);
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches(".reply-box textarea") && event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});
document.addEventListener("input", ({ target }) => { if (target.matches?.("textarea[data-completes], form.composer input[type=text]")) offer(target); });
})();
