// The further posts of a thread in the composer are added, removed, restored and moved in place. Without this file the server does it and
// shows the form again (web/posts/unsent/parts.py).
"use strict";

for (const form of document.querySelectorAll("form.composer:not([data-chains])")) {
  const add = form.querySelector("[name=add_post]"), blank = form.querySelector("template.new-part");
  if (!add || !blank) continue;
  form.dataset.chains = "";
  const MOST = 24; // as in activities/publishing/services/drafts.py
  const list = form.querySelector(".parts"), said = form.querySelector(".parts-said");
  const parts = () => [...list.querySelectorAll(".part")];
  const textOf = (part) => part.querySelector("textarea[name^=chain_]");
  const buttonOf = (part, name) => part.querySelector(`button[name=${name}]`);
  const place = (part) => parts().indexOf(part) + 1;

  // The names of the fields have the place of their part.
  const number = () => {
    const all = parts();
    for (const [index, part] of all.entries()) {
      for (const one of part.querySelectorAll("[id], [name], [for], [aria-describedby], [data-media]")) {
        for (const kind of ["id", "name", "for", "aria-describedby", "data-media"]) {
          const value = one.getAttribute(kind);
          if (value) one.setAttribute(kind, value.replace(/^((?:id_)?(?:chain|warning|media|files))_\d+/, `$1_${index + 1}`));
        }
      }
      part.querySelector("label").textContent = t("Post {number}", { number: index + 2 });
      buttonOf(part, "post_up").disabled = index === 0;
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
    countLeft(textOf(part)); // composer.js
    part.dispatchEvent(new Event("composer:part", { bubbles: true })); // uploads.js
    if (add.disabled) forget();
    return part;
  };
  const forget = () => list.querySelector(".removed")?.remove();
  const isFilled = (part) => part.querySelector(".file-row") || [...part.querySelectorAll("textarea, input")].some((field) => field.value.trim());

  const move = (part, step) => {
    const other = parts()[place(part) - 1 + step];
    if (!other) return;
    const name = step < 0 ? "post_up" : "post_down";
    if (step < 0) other.before(part); else other.after(part);
    changed();
    const button = buttonOf(part, name);
    (button.disabled ? buttonOf(part, step < 0 ? "post_down" : "post_up") : button).focus();
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
}
