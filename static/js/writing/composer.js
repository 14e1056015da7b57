// What the form that writes a post does better in a browser with scripts. It works without this file.

import { each, t } from "../site.js";

// The composer counts as the server does: links have one length, of a mention's address only the name counts.
function lengthOf(text, linkLength) {
  const short = text.replace(/https?:\/\/[^\s<>"…]+/g, "x".repeat(linkLength))
    .replace(/(^|[^\w/@#&=])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w(?::\d{1,5})?/g, "$1$2");
  return Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(short)).length : Array.from(short).length;
}

// A ring fills while one writes; the number is seen once few are left, and read to screen readers always.
export function countLeft(area) {
  const SHOWN_BELOW = 50;
  area.dataset.counted = "";
  const left = document.getElementById(area.getAttribute("aria-describedby").split(" ")[0]);
  const limit = Number(area.dataset.limit);
  const [ring, number, words] = ["ring", "", "visually-hidden"].map((name) => {
    const part = document.createElement("span");
    part.className = name;
    return part;
  });
  words.textContent = ` ${t("characters left")}`;
  left.replaceChildren(ring, number, words);
  left.classList.add("counts");
  const count = () => {
    const rest = limit - lengthOf(area.value, Number(area.dataset.linkLength));
    number.textContent = String(rest);
    number.classList.toggle("visually-hidden", rest >= SHOWN_BELOW);
    ring.style.setProperty("--part", `${Math.min(100, 100 - (rest / limit) * 100)}%`);
    left.classList.toggle("near", rest < SHOWN_BELOW);
    left.classList.toggle("over", rest < 0);
  };
  area.addEventListener("input", count);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !area.closest(".reply-box")) area.form.requestSubmit(); // there completion.js does
  });
  // who types already is not moved
  if (area.autofocus && area.value === area.defaultValue) area.setSelectionRange(area.value.length, area.value.length);
  count();
}
each("textarea[data-limit]:not([data-counted])", countLeft);
