// What a browser with scripts does better, and what other scripts take from here. Every page works without this file.
// Its parts are put in here by the server (core/pages/modules.py); they run first, so that nothing here may be a constant.
import "./site/places.js";
import "./site/messages.js";
import "./site/pieces.js";
import "./site/menus.js";
import "./site/forms.js";
import "./site/asking.js";
import "./site/times.js";

// Texts in the language of the page: a script that comes with pages that are not in English calls learn() (docs/develop/translations.md).
export function learn(words) {
  learn.words = words;
}
function filled(text, parts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => parts?.[name] ?? whole);
}
export function t(text, parts) {
  return filled(learn.words?.[text] ?? text, parts);
}
export function tn(one, many, count) {
  const forms = learn.words?.[one] ?? { one, other: many };
  const kind = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(forms[kind] ?? forms.other, { count: count.toLocaleString(`${document.documentElement.lang}-u-nu-latn`) });
}

// A message for a moment, for what went wrong behind a button.
export function say(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { if (toast.textContent === text) toast.replaceChildren(); }, 6000);
}

export function loadSheet(address, then) {
  let link = document.querySelector(`link[href="${address}"]`);
  if (link) {
    then?.();
    return link;
  }
  link = document.createElement("link");
  link.onload = link.onerror = then;
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
  return link;
}

// Do something with each element of a kind, also with those that come later. A piece that comes again is another element.
export function each(kind, work) {
  const known = new WeakSet();
  const look = () => {
    for (const one of document.querySelectorAll(kind)) {
      if (known.has(one)) continue;
      known.add(one);
      work(one);
    }
  };
  look();
  document.addEventListener("htmx:load", look);
}

export function atRest(work) {
  if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 1000 });
  else setTimeout(work);
}
// When the page is at rest comes what keeps it true, and, after its pictures, what makes an app of it.
atRest(() => {
  import("./reading/opening.js");
  if (document.body.dataset.identity) {
    import("./reading/pressing.js");
    import("./live/connection.js");
  }
  for (const { dataset } of document.querySelectorAll("[data-later]")) for (const module of dataset.later.split(/\s+/)) import(module);
});
if (document.body.dataset.identity) addEventListener("load", () => atRest(() => import("./app/app.js")));
