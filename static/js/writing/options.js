// A list of options below a field, by keyboard first (ARIA's combobox and listbox): the arrow keys choose, Enter picks, Escape closes it.
// The completions of the composer (completion.js) and the suggestions of the search (reading/searches.js).
// The server's options for what was typed (web/posts/completion.py).

import { t, tn } from "../site.js";

export async function suggested(words, signal) {
  const answer = await fetch(`/compose/suggestions?q=${encodeURIComponent(words)}`, { signal, redirect: "error" });
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  return [...page.querySelectorAll("li")];
}

// `keys` pick the current option, `first` is the one that is current at first, -1 for none; `lay` places the list.
export function optionsBelow({ id, keys, first, pick, lay }) {
  const list = document.createElement("ul");
  list.className = "completions";
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", t("Suggestions"));
  const count = document.createElement("p");
  count.className = "visually-hidden";
  count.setAttribute("role", "status");
  let field = null, current = -1, timer = 0, asking = null;

  function wait() {
    clearTimeout(timer);
    asking?.abort();
  }

  function close() {
    wait();
    list.remove();
    count.textContent = "";
    if (!field) return;
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "false");
    else field.removeAttribute("aria-controls");
    field.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    current = place;
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === current)));
    if (current < 0) { field.removeAttribute("aria-activedescendant"); return; }
    field.setAttribute("aria-activedescendant", list.children[current].id);
    list.children[current].scrollIntoView({ block: "nearest" });
  }

  function show(options) {
    list.replaceChildren(...options);
    if (!options.length) { close(); return; }
    options.forEach((option, place) => { option.id = `${id}-${place}`; });
    field.after(list);
    list.after(count);
    field.setAttribute("aria-controls", id);
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "true");
    count.textContent = tn("{count} suggestion", "{count} suggestions", options.length);
    mark(first);
    lay(list, field);
  }

  // Show what `find` returns once nobody types for a moment; nothing if that is out of date.
  function ask(written, afterMs, find) {
    if (field !== written) close();
    field = written;
    wait();
    timer = setTimeout(async () => {
      asking = new AbortController();
      let options;
      try { options = await find(asking.signal); } catch { return; } // typed on meanwhile, or offline
      if (options && document.activeElement === field) show(options);
    }, afterMs);
  }

  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("li");
    if (option) pick(option, field);
  });
  document.addEventListener("focusout", ({ target }) => { if (target === field) close(); });
  document.addEventListener("keydown", (event) => {
    if (!list.isConnected || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], many = list.children.length;
    if (step) mark(current < 0 && step < 0 ? many - 1 : (current + step + many) % many);
    else if (event.key === "Escape") close();
    else if (current >= 0 && keys.includes(event.key) && !(event.key === "Tab" && event.shiftKey)) pick(list.children[current], field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  return { list, ask, close };
}
