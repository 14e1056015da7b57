// The last searches of an identity, in this browser alone: signing out clears the storage (Clear-Site-Data). While somebody types they are
// suggested below the field, with people and hashtags: arrow keys choose one, Enter opens it, Escape closes the list.

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
const list = document.createElement("ul");
list.className = "completions";
list.id = "search-suggestions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", t("Suggestions"));
const count = document.createElement("p");
count.className = "visually-hidden";
count.setAttribute("role", "status");
let current = -1, timer = 0, asking = null;

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.remove();
  count.textContent = "";
  current = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function mark(place) {
  current = place;
  [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === current)));
  if (current < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", list.children[current].id);
  list.children[current].scrollIntoView({ block: "nearest" });
}

function open(place) {
  const { put } = list.children[place].dataset;
  if (list.children[place].matches(".past")) location.assign(`/search?q=${encodeURIComponent(put)}`);
  else location.assign(put.startsWith("@") ? `/@${put.slice(1)}` : `/tags/${encodeURIComponent(put.slice(1))}`);
}

// The options are those of the composer (web/posts/completion.py).
async function found(sign, words) {
  const answer = await fetch(`/compose/suggestions?q=${encodeURIComponent(sign + words)}`, { signal: asking.signal, redirect: "error" });
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  return [...page.querySelectorAll("li")].slice(0, SOME);
}

async function ask(typed) {
  asking = new AbortController();
  const [, sign, words] = typed.match(/^([@#]?)(.*)$/u);
  const past = read().filter((one) => one !== typed && one.toLowerCase().startsWith(typed.toLowerCase())).slice(0, SOME).map((one) => {
    const option = document.createElement("li");
    option.className = "past";
    option.setAttribute("role", "option");
    option.dataset.put = option.textContent = one;
    option.dir = "auto";
    return option;
  });
  // words with spaces are names of nobody
  const signs = /^[\p{L}\p{N}_.@+-]+$/u.test(words) ? (sign ? [sign] : ["@", "#"]) : [];
  let others;
  try { others = await Promise.all(signs.map((one) => found(one, words))); } catch { return; } // typed on meanwhile, or offline
  if (field.value.trim() !== typed || document.activeElement !== field) return;
  list.replaceChildren(...past, ...others.flat());
  if (!list.children.length) return close();
  [...list.children].forEach((option, place) => { option.id = `search-suggestion-${place}`; });
  mark(-1);
  field.after(list);
  Object.assign(list.style, { top: `${field.offsetTop + field.offsetHeight + 4}px`, left: `${field.offsetLeft}px`, width: `${field.offsetWidth}px` });
  field.setAttribute("aria-expanded", "true");
  count.textContent = tn("{count} suggestion", "{count} suggestions", list.children.length);
}

if (box && field) {
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) field.setAttribute(name, value);
  field.autocomplete = "off";
  field.form.style.position = "relative";
  field.form.append(count);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    const typed = field.value.trim();
    if (!typed || typed === "@" || typed === "#") close();
    else timer = setTimeout(() => ask(typed), WAIT_MS);
  });
  field.addEventListener("focusout", close);
  field.addEventListener("keydown", (event) => {
    if (!list.isConnected || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], many = list.children.length;
    if (step) mark(current < 0 && step < 0 ? many - 1 : (current + step + many) % many);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && current >= 0) open(current);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("li");
    if (option) open([...list.children].indexOf(option));
  });
}
