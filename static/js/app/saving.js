// Settings that are switches and lists are saved as soon as one is changed, and go back to what they were when the server says no.
// Without this file "Save" sends them.

import { say, t } from "../site.js";

const form = document.querySelector("form[data-saves]");
const fields = () => [...form.elements].filter((field) => field.name && field.matches("select, input[type=checkbox], input[type=radio]"));
const isChoice = (field) => field.matches("[type=checkbox], [type=radio]");
const read = () => fields().map((field) => isChoice(field) ? field.checked : field.value);
let saved = read();
let isBusy = false;

// the frame of the page follows what was chosen for its looks
function dress(page) {
  const here = document.documentElement, made = page.documentElement;
  if (here.lang !== made.lang) {
    sessionStorage.setItem("saving", document.activeElement.id);
    location.reload();
    return;
  }
  for (const name of ["data-theme", "data-text", "data-density"]) {
    if (made.hasAttribute(name)) here.setAttribute(name, made.getAttribute(name)); else here.removeAttribute(name);
  }
  const scheme = "meta[name=color-scheme]";
  document.querySelector(scheme).content = page.querySelector(scheme).content;
  for (const sheet of page.querySelectorAll("link[rel=stylesheet]")) {
    const own = document.querySelector(`link[rel=stylesheet][href="${CSS.escape(sheet.getAttribute("href"))}"]`);
    if (own) own.media = sheet.media; else document.head.append(document.importNode(sheet));
  }
}

function goBack(words) {
  fields().forEach((field, place) => {
    if (isChoice(field)) field.checked = saved[place]; else field.value = saved[place];
  });
  if (words) say(words); // site.js
}

async function save() {
  if (isBusy) return;
  isBusy = true;
  const sent = read();
  let answer, page;
  try {
    // also of somebody who leaves at once
    answer = await fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch { /* no connection */ }
  isBusy = false;
  if (!answer || !page) goBack(t("The server can't be reached. Are you online?"));
  else if (answer.redirected && new URL(answer.url).pathname !== new URL(form.action).pathname) location.assign(answer.url); // signed out
  else if (answer.redirected) {
    saved = sent;
    say(t("Saved."));
    dress(page);
    if (String(read()) !== String(sent)) save(); // changed meanwhile
  } else if (answer.status === 422) goBack((page.querySelector("main .errorlist li") ?? page.querySelector("main [role=alert]"))?.textContent.trim());
  else {
    goBack();
    document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { elt: form, xhr: answer } })); // site.js says what
  }
}

const button = form.querySelector("button:not([type=button])");
const words = document.createElement("p");
words.className = "hint";
words.textContent = t("Changes are saved at once.");
button.replaceWith(words);
form.addEventListener("change", save);
document.getElementById(sessionStorage.getItem("saving"))?.focus();
sessionStorage.removeItem("saving");
