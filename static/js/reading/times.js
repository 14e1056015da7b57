// Show times in the reader's zone and way of writing. Without scripts they stand there in UTC, and say so.
"use strict";

(() => {
  // in the language of the page, as the reader's country writes it when the browser speaks that language, too
  const { lang } = document.documentElement;
  const way = navigator.language.startsWith(lang) ? navigator.language : lang;
  const full = new Intl.DateTimeFormat(way, { dateStyle: "long", timeStyle: "short" });
  const shapes = {
    full,
    clock: new Intl.DateTimeFormat(way, { timeStyle: "short" }),
    day: new Intl.DateTimeFormat(way, { dateStyle: "medium" }),
  };
  const localise = (root) => {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const when = new Date(element.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      const shape = shapes[element.dataset.shape];
      if (shape) element.textContent = shape.format(when);
      if (element.title) element.title = (element.dataset.before ?? "{time}").replace("{time}", full.format(when));
    }
  };
  localise(document);
  document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
})();
