// Show a picture large, over the page: arrow keys and swipes go on, a click zooms, Escape and Back close.
// Without scripts the picture is a link to its file. Loaded when the first one is opened (site.js).

const dialog = document.createElement("dialog");
dialog.className = "viewer";
dialog.setAttribute("aria-label", t("Picture"));
dialog.innerHTML = `
  <div class="stage"><img alt=""></div>
  <p class="words" dir="auto"></p>
  <p class="counter" aria-live="polite"></p>
  <button type="button" class="close" aria-label="${t("Close")}">×</button>
  <button type="button" class="previous" aria-label="${t("Previous picture")}">‹</button>
  <button type="button" class="next" aria-label="${t("Next picture")}">›</button>`;
const picture = dialog.querySelector("img");
const stage = dialog.querySelector(".stage");
const [words, counter] = dialog.querySelectorAll("p");
const [close, previous, next] = dialog.querySelectorAll("button");
let links = [];
let place = 0;

const show = (wanted) => {
  place = (wanted + links.length) % links.length;
  const small = links[place].querySelector("img");
  stage.classList.remove("zoomed");
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
dialog.addEventListener("keydown", (event) => {
  if (links.length < 2) return;
  if (event.key === "ArrowLeft") show(place - 1);
  else if (event.key === "ArrowRight") show(place + 1);
});
stage.addEventListener("click", (event) => {
  if (event.target === picture) stage.classList.toggle("zoomed");
  else dialog.close();
});

let start = null;
stage.addEventListener("pointerdown", (event) => { start = event.pointerType === "touch" ? [event.clientX, event.clientY] : null; });
stage.addEventListener("pointerup", (event) => {
  if (!start || stage.classList.contains("zoomed")) return;
  const [right, down] = [event.clientX - start[0], event.clientY - start[1]];
  if (Math.abs(down) > 90 && Math.abs(down) > Math.abs(right)) dialog.close();
  else if (Math.abs(right) > 50 && links.length > 1) show(place + (right < 0 ? 1 : -1));
});
