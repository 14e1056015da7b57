// A click on a picture of the composer sets its focus: the point that stays in sight where it is cropped. The list beside it does without.

import { t } from "../../site.js";

const mark = (img, x, y) => {
  let box = img.parentElement;
  if (!box.matches(".focus-box")) {
    box = document.createElement("span");
    box.className = "focus-box";
    img.replaceWith(box);
    const dot = document.createElement("span");
    dot.className = "focus-dot";
    box.append(img, dot);
  }
  Object.assign(box.lastElementChild.style, { left: `${(x + 1) * 50}%`, top: `${(1 - y) * 50}%` });
};
document.addEventListener("click", (event) => {
  const img = event.target.closest?.("form.composer .file-row .focal img");
  const list = img?.closest(".file-row").querySelector("select[name^=focus_]");
  if (!list || !img.naturalWidth) return;
  const box = img.getBoundingClientRect();
  const round = (value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));
  const x = round(((event.clientX - box.left) / box.width) * 2 - 1);
  const y = round(1 - ((event.clientY - box.top) / box.height) * 2);
  const option = list.querySelector("option[data-point]") || document.createElement("option");
  option.dataset.point = "";
  option.value = `${x},${y}`;
  option.textContent = t("Chosen in the picture");
  list.append(option);
  list.value = option.value;
  mark(img, x, y);
  list.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", ({ target }) => {
  const img = target.matches?.("select[name^=focus_]") && target.closest(".focal").querySelector("img");
  if (img) mark(img, ...target.value.split(",").map(Number));
});
