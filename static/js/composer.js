// What the form that writes a post does better in a browser with scripts. It works without this file.
"use strict";

// The composer counts as the server does: links have one length, of a mention's address only the name counts.
function lengthOf(text, linkLength) {
  const short = text.replace(/https?:\/\/[^\s<>"…]+/g, "x".repeat(linkLength))
    .replace(/(^|[^\w/@#&=])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w(?::\d{1,5})?/g, "$1$2");
  return Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(short)).length : Array.from(short).length;
}
function countLeft(area) {
  const left = document.getElementById(area.getAttribute("aria-describedby").split(" ")[0]);
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = ` ${t("characters left")}`;
  const number = document.createTextNode("");
  left.replaceChildren(number, words);
  const count = () => {
    const rest = Number(area.dataset.limit) - lengthOf(area.value, Number(area.dataset.linkLength));
    number.data = String(rest);
    left.classList.toggle("over", rest < 0);
  };
  area.addEventListener("input", count);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
  });
  // who types already is not moved
  if (area.autofocus && area.value === area.defaultValue) area.setSelectionRange(area.value.length, area.value.length);
  count();
}
document.querySelectorAll("textarea[data-limit]").forEach(countLeft);
