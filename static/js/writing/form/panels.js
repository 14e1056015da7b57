// What can be added to a post, in a browser with scripts: the first field has the focus when a panel opens, a poll starts with two
// options, and the button says when a post is to be published later, and when no description is missing any more.

import { each, t } from "../../site.js";

each("form.composer", (form) => {
  form.addEventListener("click", ({ target, defaultPrevented }) => {
    const panel = target.closest("summary")?.parentElement;
    if (!panel?.matches(".extra") || panel.open || defaultPrevented) return; // uploads.js asks for files
    panel.addEventListener("toggle", () => {
      if (panel.open) panel.querySelector("input:not([type=hidden], [hidden]), select, textarea")?.focus();
    }, { once: true });
  });

  const options = [...form.querySelectorAll("[name^=option_]")];
  const grow = () => {
    const last = options.findLastIndex((field) => field.value);
    // two, or one more than are filled in; who is in one keeps it
    options.forEach((field, place) => {
      field.closest(".field").hidden = place > Math.max(1, last + 1) && field !== document.activeElement;
    });
  };

  const date = form.elements.scheduled_at, send = form.querySelector(".send > button:not([name])");
  const now = send?.textContent;
  const descriptions = () => [...form.querySelectorAll(".file-row textarea[name^=description_]")];
  const isDescribed = () => descriptions().every((area) => area.value.trim());
  const label = () => {
    if (!send) return;
    const isLater = date?.value && !form.elements.scheduled.value;
    send.hidden = Boolean(form.elements.scheduled?.value && !date.value); // then only "Post now" sends it
    const { described } = send.dataset; // else it says "Post anyway"
    send.textContent = isLater ? t("Schedule") : described && isDescribed() ? described : now;
    if (!described) return;
    // what asks for descriptions goes with the last one
    for (const area of descriptions()) for (const one of area.parentElement.querySelectorAll(".errorlist")) one.hidden = area.value.trim();
    const note = form.querySelector(".note.bad");
    if (note && note.querySelectorAll(".errorlist li").length < 2) note.hidden = isDescribed(); // else it says more
  };
  const all = () => { grow(); label(); };
  for (const kind of ["input", "change", "draft:restored"]) form.addEventListener(kind, all);
  form.addEventListener("reset", () => setTimeout(all));
  all();
});
