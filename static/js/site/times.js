// Show times in the reader's zone and way of writing. Without scripts they stand there in UTC, and say so.

const styles = {
  full: { dateStyle: "long", timeStyle: "short" },
  clock: { timeStyle: "short" },
  day: { dateStyle: "medium" },
};
// the first formatter of a page loads the browser's tables, which delays it by 20 to 50 ms: most pages show nothing that needs one
const made = {};
const words = (when, shape) => {
  // in the language of the page, as the reader's country writes it when the browser speaks that language, too
  const { lang } = document.documentElement;
  const way = navigator.language.startsWith(lang) ? navigator.language : lang;
  made[shape] ??= new Intl.DateTimeFormat(way, styles[shape]);
  return made[shape].format(when);
};
const localise = (root) => {
  for (const element of root.querySelectorAll("time[datetime][data-shape]")) {
    const when = new Date(element.dateTime);
    if (styles[element.dataset.shape] && !Number.isNaN(when.getTime())) element.textContent = words(when, element.dataset.shape);
  }
};
localise(document);
document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
// the whole time, which is shown to who points at it
document.addEventListener("pointerover", ({ target }) => {
  const element = target.closest?.("time[datetime][title]");
  const when = new Date(element?.dateTime);
  if (element && !Number.isNaN(when.getTime())) element.title = (element.dataset.before ?? "{time}").replace("{time}", words(when, "full"));
});
