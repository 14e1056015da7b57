// What a refused form says is taken away as soon as the field that it names is changed. Without this file it stays until the next attempt.

import { each } from "../../site.js";

each("form.composer", (form) => {
  const KINDS = { chain: /^chain_/, poll: /^(option|poll)_/, visibility: /^(visibility|text)$/ }; // else it is the name of a field
  const files = () => [...form.querySelectorAll("[name^=media], [name^=captions], input[type=file]")].map((field) => field.name + field.value).join();
  const start = files();
  const isChanged = (field) =>
    field.matches("select") || (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
  const drop = (list, field) => {
    if (!list) return;
    list.remove();
    field.removeAttribute("aria-invalid");
    const rest = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== list.id).join(" ");
    if (rest) field.setAttribute("aria-describedby", rest); else field.removeAttribute("aria-describedby");
  };
  const errorsOf = (field) => field.closest(".field")?.querySelector(":scope > .errorlist");

  const mend = ({ target }) => {
    if (!target.name) return;
    const hasOtherFiles = files() !== start, { text } = form.elements;
    if (isChanged(target)) drop(errorsOf(target), target);
    if (hasOtherFiles && !text.value.trim()) drop(errorsOf(text), text); // they need no words
    const note = form.querySelector(":scope > .note.bad");
    const items = [...note?.querySelectorAll("[data-about]") ?? []];
    for (const item of items) {
      const { about } = item.dataset;
      if (about === "media" ? hasOtherFiles : about && isChanged(target) && (KINDS[about]?.test(target.name) ?? about === target.name)) item.remove();
    }
    if (items.length && !note.querySelector("li, .actions")) note.remove();
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, mend);
});
