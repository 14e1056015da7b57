// The last searches of an identity, in this browser alone: signing out clears the storage (Clear-Site-Data). While somebody types they are
// suggested below the field, with people and hashtags (writing/options.js).

import { optionsBelow, suggested } from "../writing/options.js";

const MOST = 8;
const box = document.getElementById("recent-searches");
const key = `searches:${box?.dataset.of}`;

function read() {
  try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } // no storage, or not ours
}

function keep(searches) {
  try { localStorage.setItem(key, JSON.stringify(searches.slice(0, MOST))); } catch { /* no storage */ }
}

function show() {
  const searches = read();
  box.hidden = !searches.length;
  box.querySelector("ul").replaceChildren(...searches.map((words) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `/search?q=${encodeURIComponent(words)}`;
    link.dir = "auto";
    link.textContent = words;
    item.append(link);
    return item;
  }));
}

if (box) {
  const { q } = box.dataset;
  if (q) keep([q, ...read().filter((one) => one !== q)]);
  else show();
  box.querySelector("button").addEventListener("click", () => {
    keep([]);
    show();
    document.getElementById("q").focus();
  });
}

const WAIT_MS = 150;
const SOME = 4;
const field = document.getElementById("q");

function pick(option) {
  const { put } = option.dataset;
  if (option.matches(".past")) location.assign(`/search?q=${encodeURIComponent(put)}`);
  else location.assign(put.startsWith("@") ? `/@${put.slice(1)}` : `/tags/${encodeURIComponent(put.slice(1))}`);
}

function lay(list) {
  Object.assign(list.style, { top: `${field.offsetTop + field.offsetHeight + 4}px`, left: `${field.offsetLeft}px`, width: `${field.offsetWidth}px` });
}

function pastOption(words) {
  const option = document.createElement("li");
  option.className = "past";
  option.setAttribute("role", "option");
  option.dataset.put = option.textContent = words;
  option.dir = "auto";
  return option;
}

// Past searches, then the options of the composer.
async function find(typed, signal) {
  const [, sign, words] = typed.match(/^([@#]?)(.*)$/u);
  const past = read().filter((one) => one !== typed && one.toLowerCase().startsWith(typed.toLowerCase())).slice(0, SOME);
  // words with spaces are names of nobody
  const signs = /^[\p{L}\p{N}_.@+-]+$/u.test(words) ? (sign ? [sign] : ["@", "#"]) : [];
  const others = await Promise.all(signs.map((one) => suggested(one + words, signal)));
  if (field.value.trim() !== typed) return null;
  return [...past.map(pastOption), ...others.flatMap((some) => some.slice(0, SOME))];
}

if (box && field) {
  const options = optionsBelow({ id: "search-suggestions", keys: ["Enter"], first: -1, pick, lay });
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": options.list.id })) field.setAttribute(name, value);
  field.autocomplete = "off";
  field.form.style.position = "relative";
  field.addEventListener("input", () => {
    const typed = field.value.trim();
    if (!typed || typed === "@" || typed === "#") options.close();
    else options.ask(field, WAIT_MS, (signal) => find(typed, signal));
  });
}
