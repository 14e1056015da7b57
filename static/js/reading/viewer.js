// Show a picture large, over the page: arrow keys and swipes go on, Escape and Back close.
// A click, + and -, and two buttons zoom; arrow keys then move the picture, 0 fits it into the window again.
// Without scripts the picture is a link to its file. Loaded when the first one is opened (site.js).

import { t } from "../site.js";

const dialog = document.createElement("dialog");
dialog.className = "viewer";
dialog.setAttribute("aria-label", t("Picture"));
dialog.innerHTML = `
  <div class="stage"><img alt=""></div>
  <p class="words" dir="auto"></p>
  <p class="counter" aria-live="polite"></p>
  <button type="button" class="smaller" aria-label="${t("Zoom out")}">−</button>
  <button type="button" class="larger" aria-label="${t("Zoom in")}">+</button>
  <button type="button" class="close" autofocus aria-label="${t("Close")}">×</button>
  <button type="button" class="previous" aria-label="${t("Previous picture")}">‹</button>
  <button type="button" class="next" aria-label="${t("Next picture")}">›</button>`;
const picture = dialog.querySelector("img");
const stage = dialog.querySelector(".stage");
const [words, counter] = dialog.querySelectorAll("p");
const [smaller, larger, close, previous, next] = dialog.querySelectorAll("button");
const MOST = 6; // times the size that fits, or up to the picture's own
const STEP = 1.5;
let links = [];
let place = 0;
let scale = 1;
let fitting = 0; // the width of the picture that fits, once it is zoomed

// Zooms around a point of the window that stays where it is.
const zoom = (wanted, x = innerWidth / 2, y = innerHeight / 2) => {
  const before = picture.getBoundingClientRect();
  if (scale === 1) fitting = before.width;
  const most = fitting ? Math.max(MOST, picture.naturalWidth / fitting) : MOST;
  scale = Math.min(Math.max(wanted, 1), most);
  stage.classList.toggle("zoomed", scale > 1);
  picture.style.width = scale > 1 ? `${fitting * scale}px` : "";
  smaller.ariaDisabled = scale === 1;
  larger.ariaDisabled = scale === most;
  const after = picture.getBoundingClientRect();
  const [across, down] = [(x - before.left) / before.width, (y - before.top) / before.height];
  stage.scrollBy(after.left + across * after.width - x, after.top + down * after.height - y);
};

const show = (wanted) => {
  place = (wanted + links.length) % links.length;
  const small = links[place].querySelector("img");
  zoom(1);
  picture.src = small.currentSrc || small.src; // at once what is there; the large one when it has come
  const large = new Image();
  large.onload = () => { if (links[place]?.href === large.src) picture.src = large.src; };
  large.src = links[place].href;
  picture.alt = small.alt;
  words.textContent = small.alt;
  words.hidden = !small.alt;
  counter.textContent = links.length > 1 ? t("{number} of {count}", { number: place + 1, count: links.length }) : "";
};

export function open(link) {
  links = [...link.closest(".media").querySelectorAll("figure > a:has(> img)")];
  previous.hidden = next.hidden = links.length < 2;
  if (!dialog.isConnected) document.body.append(dialog);
  show(links.indexOf(link));
  dialog.showModal();
  history.pushState({ viewer: true }, "");
}

addEventListener("popstate", () => { if (dialog.open) dialog.close(); });
dialog.addEventListener("close", () => {
  if (history.state?.viewer) history.back();
  links[place]?.focus();
});
close.addEventListener("click", () => dialog.close());
previous.addEventListener("click", () => show(place - 1));
next.addEventListener("click", () => show(place + 1));
smaller.addEventListener("click", () => zoom(scale / STEP));
larger.addEventListener("click", () => zoom(scale * STEP));
addEventListener("resize", () => zoom(1));
const ARROWS = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] };
dialog.addEventListener("keydown", (event) => {
  const { key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return; // zoom of the browser
  if (key === "+" || key === "=") zoom(scale * STEP);
  else if (key === "-") zoom(scale / STEP);
  else if (key === "0") zoom(1);
  else if (ARROWS[key] && scale > 1) {
    event.preventDefault();
    stage.scrollBy(...ARROWS[key]);
  } else if (links.length < 2) return;
  else if (key === "ArrowLeft") show(place - 1);
  else if (key === "ArrowRight") show(place + 1);
});
stage.addEventListener("click", (event) => {
  if (event.target === picture) zoom(scale > 1 ? 1 : 2, event.clientX, event.clientY);
  else dialog.close();
});

let start = null;
stage.addEventListener("pointerdown", (event) => { start = event.pointerType === "touch" ? [event.clientX, event.clientY] : null; });
stage.addEventListener("pointerup", (event) => {
  if (!start || scale > 1) return;
  const [right, down] = [event.clientX - start[0], event.clientY - start[1]];
  if (Math.abs(down) > 90 && Math.abs(down) > Math.abs(right)) dialog.close();
  else if (Math.abs(right) > 50 && links.length > 1) show(place + (right < 0 ? 1 : -1));
});
