// Custom emoji in the form that writes a post: a picker, and completion of what begins with a colon. Posts can be written without it.
"use strict";

const MOST_OFFERED = 8;

// The emoji of this domain, asked for when somebody begins to write.
let asked = null;
function emojis() {
  asked ??= fetch("/api/v1/custom_emojis", { credentials: "omit", headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : []))
    .catch(() => []);
  return asked;
}

function picture(emoji) {
  const shown = document.createElement("picture");
  const still = document.createElement("source");
  still.media = "(prefers-reduced-motion: reduce)";
  still.srcset = emoji.static_url;
  const image = document.createElement("img");
  image.className = "emoji";
  image.src = emoji.url;
  image.alt = "";
  image.loading = "lazy";
  shown.append(still, image);
  return shown;
}

// Put the shortcode in place of what stands from `start` to the caret, as if it was typed.
function put(field, emoji, start) {
  const after = field.value.slice(field.selectionEnd);
  const before = field.value.slice(0, start);
  const gap = before && !/\s$/.test(before) && start === field.selectionStart ? " " : "";
  const words = `${gap}:${emoji.shortcode}:${/^\s/.test(after) ? "" : " "}`;
  field.value = before + words + after;
  field.focus();
  field.setSelectionRange(start + words.length, start + words.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const form of document.querySelectorAll("form.composer")) {
  const main = form.querySelector("textarea[data-limit]");
  if (!main) continue;
  const isWritten = (target) => target.matches("textarea[data-limit], input[type=text]:not([data-emoji-search])");
  let field = main;

  // --- completion
  const list = document.createElement("ul");
  list.className = "emoji-options";
  list.id = "emoji-options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Emoji");
  let offered = [], start = 0, current = 0;

  const close = () => {
    list.remove();
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  };
  const mark = () => {
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === current)));
    field.setAttribute("aria-activedescendant", `emoji-option-${current}`);
  };
  const pick = (place) => { close(); put(field, offered[place], start); };
  const offer = async () => {
    const typed = field.value.slice(0, field.selectionEnd).match(/(?:^|[^A-Za-z0-9_]):([A-Za-z0-9_]{2,64})$/);
    if (!typed) return close();
    const begun = typed[1].toLowerCase(), text = field.value;
    const known = (await emojis()).filter((one) => one.shortcode.toLowerCase().includes(begun));
    if (field.value !== text) return;
    const rank = (one) => (one.shortcode.toLowerCase().startsWith(begun) ? 0 : 1);
    offered = known.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_OFFERED);
    if (!offered.length) return close();
    start = field.selectionEnd - typed[1].length - 1;
    current = 0;
    list.replaceChildren(...offered.map((emoji, place) => {
      const option = document.createElement("li");
      option.id = `emoji-option-${place}`;
      option.setAttribute("role", "option");
      option.append(picture(emoji), `:${emoji.shortcode}:`);
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); pick(place); });
      return option;
    }));
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    mark();
  };
  form.addEventListener("input", (event) => { if (event.isTrusted && isWritten(event.target)) offer(); });
  form.addEventListener("focusout", () => { if (list.isConnected) close(); });
  form.addEventListener("keydown", (event) => {
    if (!list.isConnected || event.isComposing || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      current = (current + step + offered.length) % offered.length;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") pick(current);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // --- picker
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = "Emoji";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", "emoji-picker");
  const panel = document.createElement("div");
  panel.id = "emoji-picker";
  panel.className = "emoji-picker";
  panel.hidden = true;
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search emoji";
  search.dataset.emojiSearch = "";
  search.setAttribute("aria-label", "Search emoji");
  const found = document.createElement("div");
  panel.append(search, found);

  const fill = async () => {
    const wanted = search.value.trim().replaceAll(":", "").toLowerCase();
    const shown = (await emojis()).filter((one) => one.visible_in_picker && one.shortcode.toLowerCase().includes(wanted));
    const groups = new Map();
    for (const one of shown) groups.set(one.category || "", [...(groups.get(one.category || "") || []), one]);
    found.replaceChildren(...[...groups].flatMap(([category, members]) => {
      const grid = document.createElement("div");
      grid.className = "emoji-grid";
      grid.append(...members.map((emoji) => {
        const choice = document.createElement("button");
        choice.type = "button";
        choice.title = `:${emoji.shortcode}:`;
        choice.setAttribute("aria-label", emoji.shortcode);
        choice.append(picture(emoji));
        choice.addEventListener("click", () => put(field, emoji, field.selectionStart));
        return choice;
      }));
      if (!category) return [grid];
      const heading = document.createElement("p");
      heading.className = "small soft";
      heading.dir = "auto";
      heading.textContent = category;
      return [heading, grid];
    }));
    if (!shown.length) found.textContent = "No emoji found.";
  };
  const toggle = (opens) => {
    panel.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    if (opens) { fill(); search.focus(); }
  };
  button.addEventListener("click", () => toggle(panel.hidden));
  search.addEventListener("input", (event) => { event.stopPropagation(); fill(); });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    toggle(false);
    button.focus();
  });
  form.addEventListener("focusin", async (event) => {
    if (isWritten(event.target)) field = event.target;
    if (!button.isConnected && (await emojis()).length) main.closest(".field").after(button, panel);
  });
  if (form.contains(document.activeElement)) document.activeElement.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
}
