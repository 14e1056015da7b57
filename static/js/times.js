// Show times in the reader's zone and way of writing. Without scripts they stand there in UTC, and say so.
"use strict";

(() => {
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
  const shapes = {
    full,
    clock: new Intl.DateTimeFormat(undefined, { timeStyle: "short" }),
    day: new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }),
  };
  const localise = (root) => {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const when = new Date(element.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      const shape = shapes[element.dataset.shape];
      if (shape) element.textContent = shape.format(when);
      if (element.title) element.title = `${element.dataset.before || ""} ${full.format(when)}`.trim();
    }
  };
  localise(document);
  document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
})();
