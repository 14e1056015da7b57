// Complete what is typed in a post: people after @, hashtags after #, emoji after a colon, under the caret and by keyboard first.

import { optionsBelow, suggested } from "./options.js";

const WAIT_MS = 120;
// a person with the first letter, a hashtag, too; an emoji with two, for a colon stands in much else
const BEGUN = /(?<![\p{L}\p{N}_@#:\/&=.])(@[\p{L}\p{N}_.+-]+(?:@[\p{L}\p{N}.-]*)?|#[\p{L}\p{N}_]+|:[\p{L}\p{N}_+-]{2,})$/u;
// what a textarea's letters are laid out by
const LAYOUT = ["boxSizing", "width", "fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight", "paddingTop", "paddingRight",
  "paddingBottom", "paddingLeft", "borderTopWidth", "borderRightWidth", "borderBottomWidth", "borderLeftWidth", "textAlign", "direction"];

let start = 0;

const typed = (field) => field.value.slice(0, field.selectionEnd).match(BEGUN)?.[1] || "";

// Where the letter at `place` is, in the field's own measure.
function positionOf(field, place) {
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

function lay(list, field) {
  const at = positionOf(field, start);
  list.style.maxWidth = `${field.offsetWidth}px`;
  const room = field.offsetWidth - list.offsetWidth;
  list.style.top = `${field.offsetTop + Math.min(at.top - field.scrollTop, field.offsetHeight) + 4}px`;
  list.style.left = `${field.offsetLeft + Math.max(0, Math.min(at.left - 12, room))}px`;
}

function pick(option, field) {
  const after = field.value.slice(field.selectionEnd);
  const words = option.dataset.put + (/^\s/.test(after) ? "" : " ");
  const end = start + words.length;
  field.value = field.value.slice(0, start) + words + after;
  field.setSelectionRange(end, end);
  options.close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

const options = optionsBelow({ id: "completions", keys: ["Enter", "Tab"], first: 0, pick, lay });

// Offer what completes the word before the caret. Called with each letter.
function offer(field) {
  const begun = typed(field);
  if (!begun || options.list.querySelector(`[data-put="${CSS.escape(begun)}"]`)) { options.close(); return; }
  options.ask(field, WAIT_MS, async (signal) => {
    const found = await suggested(begun, signal);
    if (typed(field) !== begun) return null;
    start = field.selectionEnd - begun.length;
    return found;
  });
}

document.addEventListener("keydown", ({ key, target }) => {
  if (target === options.list.previousElementSibling && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) options.close();
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
