// The further posts of a thread in the composer are added, removed, restored and moved in place. Without this file the server does it and
// shows the form again (web/posts/unsent/parts.py).

import { each, t } from "../../site.js";
import { countLeft } from "../composer.js";

each("form.composer", (form) => {
  const add = form.querySelector("[name=add_post]"), blank = form.querySelector("template.new-part");
  if (!add || !blank) return;
  const MOST = 24; // as in activities/publishing/services/drafts.py
  const list = form.querySelector(".parts"), said = form.querySelector(".parts-said");
  const parts = () => [...list.querySelectorAll(".part")];
  const textOf = (part) => part.querySelector("textarea[name^=chain_]");
  const partOf = (part) => ({ text: textOf(part), warning: part.querySelector("[name^=warning_]"), bare: part.querySelector("[name^=bare_]") });
  const buttonOf = (part, name) => part.querySelector(`button[name=${name}]`);
  const place = (part) => parts().indexOf(part) + 1;

  // The names of the fields have the place of their part.
  const number = () => {
    const all = parts();
    for (const [index, part] of all.entries()) {
      for (const one of part.querySelectorAll("[id], [name], [for], [aria-describedby], [data-media]")) {
        for (const kind of ["id", "name", "for", "aria-describedby", "data-media"]) {
          const value = one.getAttribute(kind);
          if (value) one.setAttribute(kind, value.replace(/^((?:id_)?(?:chain|warning|bare|media|files))_\d+/, `$1_${index + 1}`));
        }
      }
      part.querySelector("label").textContent = t("Post {number}", { number: index + 2 });
      buttonOf(part, "post_down").disabled = index === all.length - 1;
    }
    add.disabled = all.length >= MOST;
  };
  // the draft knows it (drafts.js)
  const changed = () => {
    number();
    for (const area of [form.elements.text, ...parts().map(textOf)]) area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const append = () => {
    const part = document.importNode(blank.content.firstElementChild, true);
    list.append(part);
    number();
    countLeft(textOf(part));
    part.dispatchEvent(new Event("composer:part", { bubbles: true })); // uploads.js
    if (add.disabled) forget();
    return part;
  };
  const forget = () => list.querySelector(".removed")?.remove();
  const isFilled = (part) => part.querySelector(".file-row") || [...part.querySelectorAll("textarea, input:not([type=checkbox])")].some((field) => field.value.trim());

  // The second post changes places with the first, with its files. Each keeps its warning, also one that it has from the first.
  const toFront = (part) => {
    const { text, content_warning: warning } = form.elements, own = partOf(part);
    const before = warning.value, hasOwn = own.warning.value.trim() || own.bare.checked;
    const give = (to) => { to.warning.value = before; to.bare.checked = !before.trim(); };
    [text.value, own.text.value] = [own.text.value, text.value];
    const boxes = [form.querySelector(":scope > .tools > details[data-uploads]"), part.querySelector("details[data-uploads]")];
    const rows = boxes.map((box) => [...box.querySelectorAll(".file-row")]);
    for (const [index, box] of boxes.entries()) {
      const tools = box.querySelector(":scope > .actions");
      for (const row of rows[1 - index]) {
        tools.before(row);
        for (const field of row.querySelectorAll("[name^=media]")) field.name = box.dataset.media ?? "media";
      }
      box.open = rows[1 - index].length > 0;
      box.dispatchEvent(new Event("composer:moved")); // uploads.js
    }
    if (hasOwn) {
      warning.value = own.warning.value;
      give(own);
      for (const other of parts().slice(1).map(partOf)) if (!other.warning.value.trim() && !other.bare.checked) give(other);
    }
    for (const field of [warning, ...parts().map((one) => partOf(one).warning)]) field.closest("details").open = Boolean(field.value.trim());
    changed();
    text.focus();
    const words = [t("This is post {number} of {count} now.", { number: 1, count: parts().length + 1 })];
    for (const hint of form.querySelectorAll(".of-first")) if (hint.checkVisibility()) words.push(hint.textContent);
    said.textContent = words.join(" ");
  };

  const move = (part, step) => {
    if (step < 0 && place(part) === 1) { toFront(part); return; }
    const other = parts()[place(part) - 1 + step];
    if (!other) return;
    const name = step < 0 ? "post_up" : "post_down";
    if (step < 0) other.before(part); else other.after(part);
    changed();
    const button = buttonOf(part, name);
    (button.disabled ? buttonOf(part, "post_up") : button).focus();
    said.textContent = t("This is post {number} of {count} now.", { number: place(part) + 1, count: parts().length + 1 });
  };

  const remove = (part) => {
    const at = place(part);
    forget();
    if (!isFilled(part)) {
      part.remove();
      changed();
      (at > 1 ? textOf(parts()[at - 2]) : form.elements.text).focus();
      said.textContent = t("Post {number} removed.", { number: at + 1 });
      return;
    }
    const note = document.createElement("p"), undo = document.createElement("button");
    note.className = "note row spread removed";
    undo.type = "button";
    undo.className = "quiet small";
    undo.textContent = t("Undo");
    note.append(`${t("Post {number} removed.", { number: at + 1 })} `, undo);
    undo.addEventListener("click", () => {
      note.replaceWith(part);
      changed();
      textOf(part).focus();
    });
    part.replaceWith(note);
    changed();
    undo.focus();
    said.textContent = note.firstChild.textContent;
  };

  add.type = "button";
  add.addEventListener("click", () => textOf(append()).focus());
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[name]"), part = button?.closest(".part");
    const act = { post_up: () => move(part, -1), post_down: () => move(part, 1), remove_post: () => remove(part) }[button?.name];
    if (!part || !act) return;
    event.preventDefault();
    act();
  });
  number();
  // a draft of this browser has more posts than the page (drafts.js)
  form.addEventListener("draft:restore", ({ detail }) => {
    const last = Math.max(0, ...Object.keys(detail).map((name) => Number(name.match(/^chain_(\d+)$/)?.[1] || 0)));
    while (parts().length < Math.min(MOST, last)) append();
  });
});
