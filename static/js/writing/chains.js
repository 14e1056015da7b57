// "Add another post" of the composer adds its field in place. Without this file the server shows the form again with one more.
"use strict";

for (const form of document.querySelectorAll("form.composer:not([data-chains])")) {
  const add = form.querySelector("[name=add_post]");
  if (!add) continue;
  form.dataset.chains = "";
  add.type = "button";
  const MOST = 24; // as in activities/publishing/services/drafts.py
  const parts = () => [...form.querySelectorAll("textarea[name^=chain_]")];
  const append = () => {
    const number = parts().length + 1;
    const name = `chain_${number}`;
    const area = form.elements.text.cloneNode();
    Object.assign(area, { name, id: `id_${name}`, value: "", defaultValue: "", rows: 3, autofocus: false, placeholder: "" });
    for (const one of ["aria-invalid", "aria-controls", "aria-activedescendant"]) area.removeAttribute(one);
    area.setAttribute("aria-describedby", `${name}_limit`);
    const label = document.createElement("label");
    label.className = "small soft";
    label.htmlFor = area.id;
    label.textContent = t("Post {number}", { number: number + 1 });
    const left = document.createElement("p");
    left.className = "soft small number";
    left.id = `${name}_limit`;
    const field = document.createElement("div");
    field.className = "field part";
    field.append(label, area, left);
    form.querySelector(".parts").append(field);
    countLeft(area); // composer.js
    add.disabled = number >= MOST;
    return area;
  };
  add.disabled = parts().length >= MOST;
  add.addEventListener("click", () => append().focus());
  // a draft of this browser has more posts than the page (drafts.js)
  form.addEventListener("draft:restore", ({ detail }) => {
    const last = Math.max(0, ...Object.keys(detail).map((name) => Number(name.match(/^chain_(\d+)$/)?.[1] || 0)));
    while (parts().length < Math.min(MOST, last)) append();
  });
}
