// Where somebody is in a page: where it opens, and where the focus goes.

// A conversation opens at its post, with the earlier ones above it. Back and reload find the place that was left.
const focused = document.querySelector(".thread > :not(:first-child).focus");
if (focused && !scrollY && performance.getEntriesByType("navigation")[0]?.type === "navigate") focused.scrollIntoView();

// On a narrow screen the tabs are one line that scrolls: the current one is in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const strip = tab.parentElement;
  strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}

// The focus goes on from a row that is dismissed.
document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap, requestConfig } }) => {
  if (!shouldSwap || !requestConfig.path.endsWith("dismiss")) return;
  const row = target.closest("[data-group]") ?? target;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  setTimeout(() => (next?.querySelector("a[href]:not([tabindex='-1']), button") ?? document.getElementById("main")).focus());
});
