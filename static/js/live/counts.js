// Keeps the counts of the posts in sight true, while somebody looks: one request for all of them, each less often while nothing changes.
// Loaded when the page is at rest (site.js).

import { t } from "../site.js";

const PAUSE_MS = 20_000;
const LONGEST_MS = 180_000;
const MARGIN = 400;
const MOST = 60;
let wait = PAUSE_MS;
let last = Date.now();
let timer = 0;

const rows = () => [...document.querySelectorAll("main article.post[data-post]")];
const inSight = (row) => {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > -MARGIN && top < innerHeight + MARGIN;
};

function plan() {
  clearTimeout(timer);
  timer = document.hidden ? 0 : setTimeout(look, Math.max(500, last + wait - Date.now()));
}

async function ask(ids) {
  const answer = ids.length && await fetch(`/posts/counts?ids=${ids}`, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok && answer.headers.get("content-type")?.includes("json") ? answer.json() : null;
}

async function look() {
  last = Date.now();
  const shown = rows().filter(inSight);
  const said = await ask([...new Set(shown.map((row) => row.dataset.post))].slice(0, MOST));
  const changed = said ? shown.filter((row) => said.counts[row.dataset.post] && tell(row, said.counts[row.dataset.post], said.labels)) : [];
  wait = changed.length ? PAUSE_MS : Math.min(wait * 1.5, LONGEST_MS);
  const focus = changed.find((row) => row.matches(".focus"));
  // it says in words who liked it
  if (focus) import("./page.js").then((page) => page.refresh(focus.dataset.post));
  plan();
}

// Nobody told of what happened while the connection was lost: posts without counts are asked for, and go when they are gone; those that were
// edited otherwise than they are shown, and polls, are shown as they are now.
async function catchUp() {
  const ids = [...new Set(rows().map((row) => row.dataset.post))];
  for (let first = 0; first < ids.length; first += MOST) {
    const asked = ids.slice(first, first + MOST), said = await ask(asked);
    if (!said) return;
    for (const row of rows()) if (said.counts[row.dataset.post]) tell(row, said.counts[row.dataset.post], said.labels);
    const shown = (id) => rows().filter((row) => row.dataset.post === id);
    const stale = asked.filter((id) => !said.counts[id] || said.polls.includes(id) || shown(id).some((row) => isOld(row, said.edited[id])));
    if (stale.length) import("./page.js").then((page) => stale.forEach((id) => page.refresh(id)));
  }
}

// the large post of a page says in words when it was edited
function isOld(row, edited = "") {
  return row.matches(".focus") ? Boolean(edited) : (row.querySelector(":scope > header time[data-before]")?.dateTime ?? "") !== edited;
}

// Returns whether something changed.
function tell(row, counts, labels) {
  let isNew = false;
  for (const [name, [text, count]] of Object.entries(counts)) {
    const act = row.querySelector(`:scope > footer > .act.${name}`);
    // pressed this moment: its answer has the count
    if (!act || act.matches(".htmx-request")) continue;
    let number = act.querySelector(".number");
    if ((number?.textContent ?? "") === text) continue;
    isNew = true;
    if (!text) number.remove();
    else {
      if (!number) {
        number = document.createElement("span");
        number.className = "number";
        act.append(number);
      }
      number.textContent = text;
    }
    act.setAttribute("aria-label", count ? t("{label}, {count} so far", { label: labels[name], count }) : labels[name]);
  }
  return isNew;
}

document.addEventListener("visibilitychange", () => {
  wait = PAUSE_MS;
  plan();
});
// other posts come into sight
addEventListener("scroll", () => {
  if (wait === PAUSE_MS) return;
  wait = PAUSE_MS;
  plan();
}, { passive: true });
// somebody wrote to an open conversation, so others may have counted, too
document.addEventListener("live", ({ detail: { event, stream } }) => {
  if (event === "reconnected") catchUp();
  if (event !== "update" || !stream?.startsWith("conversation")) return;
  wait = PAUSE_MS / 4;
  plan();
});
plan();
