// On touch screens a page that is pulled down at its top is loaded again. What has a scroll of its own, and dialogs, are left alone.

import { t } from "../site.js";

const REACH_PX = 80;
const sign = document.createElement("p");
sign.className = "pull";
sign.setAttribute("role", "status");
document.body.append(sign);
document.documentElement.classList.add("pulls");

let start = null;
let far = 0;

function show(distance) {
  far = distance;
  // the further, the slower
  sign.style.setProperty("--far", `${Math.min(distance, REACH_PX * 2) / 2}px`);
  sign.classList.toggle("seen", distance > 8);
  if (distance > 8) say(distance >= REACH_PX ? t("Release to reload") : t("Pull to reload"));
}
// a status that says the same again is not said again
function say(text) {
  if (sign.textContent !== text) sign.textContent = text;
}

function scrolls(element) {
  for (let one = element; one && one !== document.body; one = one.parentElement) {
    if (one.scrollTop > 0 || one.matches("dialog, textarea, input, [contenteditable]")) return true;
  }
  return false;
}

addEventListener("touchstart", ({ touches, target }) => {
  start = touches.length === 1 && scrollY <= 0 && !document.querySelector("dialog[open]") && !scrolls(target) ? touches[0] : null;
}, { passive: true });
addEventListener("touchmove", ({ touches }) => {
  if (!start) return;
  const down = touches[0].clientY - start.clientY, aside = Math.abs(touches[0].clientX - start.clientX);
  if (touches.length > 1 || scrollY > 0 || (far === 0 && aside > down)) cancel();
  else show(Math.max(0, down));
}, { passive: true });
addEventListener("touchend", () => {
  if (start && far >= REACH_PX) {
    start = null;
    say(t("Reloading…"));
    location.reload();
  } else cancel();
});
addEventListener("touchcancel", cancel);
function cancel() {
  start = null;
  if (far) show(0);
}
