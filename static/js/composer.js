// What the form that writes a post does better in a browser with scripts. It works without this file.
"use strict";

// The composer counts as the server does: links have one length, of a mention's address only the name counts.
function lengthOf(text, linkLength) {
  const short = text.replace(/https?:\/\/[^\s<>"…]+/g, "x".repeat(linkLength))
    .replace(/(^|[^\w/@#&=])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w(?::\d{1,5})?/g, "$1$2");
  return Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(short)).length : Array.from(short).length;
}
for (const area of document.querySelectorAll("textarea[data-limit]")) {
  const left = document.getElementById("text-limit");
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = " characters left";
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

// Files: one row after the other, and what is too large is told before it is sent.
for (const form of document.querySelectorAll("form[data-most-bytes]")) {
  const rows = [...form.querySelectorAll(".file-row.new")];
  const inputs = rows.map((row) => row.querySelector("input[type=file]"));
  const look = () => {
    rows.forEach((row, place) => { row.hidden = place > 0 && !inputs[place].files.length && !inputs[place - 1].files.length; });
    const bytes = inputs.reduce((sum, input) => sum + (input.files[0] ? input.files[0].size : 0), 0);
    const words = bytes > Number(form.dataset.mostBytes) ? "Together, these files are larger than this server accepts." : "";
    for (const input of inputs) input.setCustomValidity(input.files.length ? words : "");
  };
  form.addEventListener("change", look);
  look();
}
