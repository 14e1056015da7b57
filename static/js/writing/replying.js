// The box under a thread becomes the whole composer (composing.js) once somebody is in it, with what was typed meanwhile and the caret.
// Without this file, and without a connection, it is sent as it is.

const isWide = () => matchMedia("(min-width: 50rem)").matches;
const box = document.querySelector("#answer textarea");
let isOpening = false;
// an input method must not lose its letters
let written = Promise.resolve();

async function isStill() {
  await written;
  return document.activeElement === box;
}

async function open() {
  if (isOpening) return;
  isOpening = true;
  try {
    const { open } = await import("./composing.js");
    await open(box.form.querySelector(".send > a"), isStill);
  } catch { /* offline */ }
  isOpening = false;
}

// A reply that was closed is a draft: the box shows its text, and Reply opens the composer, which has the rest of it.
let isReturning = false, hasDraft = false;
function keep(text) {
  hasDraft = Boolean(text) && text !== box.defaultValue;
  box.value = hasDraft ? text : box.defaultValue;
}

if (box) {
  box.form.addEventListener("composer:close", ({ detail }) => keep(detail));
  box.form.addEventListener("composer:return", () => {
    isReturning = true;
    // the box of a phone would bring its keyboard
    (isWide() ? box : box.form.querySelector(".send > a")).focus({ preventScroll: true });
    isReturning = false;
  });
  box.form.addEventListener("submit", (event) => {
    if (!hasDraft) return;
    event.preventDefault();
    isReturning = true;
    box.focus();
    isReturning = false;
    open();
  });
  document.addEventListener("draft:discarded", () => keep(""));
  box.addEventListener("compositionstart", () => {
    written = new Promise((done) => box.addEventListener("compositionend", done, { once: true }));
  });
  // over the whole screen of a phone it opens by a press alone: the Tab key leads on
  box.addEventListener("click", open);
  for (const kind of ["focus", "input"]) box.addEventListener(kind, () => { if (isWide() && !isReturning) open(); });
  if (isWide() && document.activeElement === box) open();
}
