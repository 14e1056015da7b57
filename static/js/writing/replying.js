// The box under a thread becomes the whole composer (composing.js) once somebody is in it, with what was typed meanwhile and the caret.
// Without this file, and without a connection, it is sent as it is.

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
    const { open } = await import(document.body.dataset.composing);
    await open(box.form.querySelector(".send > a"), isStill);
  } catch { /* offline */ }
  isOpening = false;
}

if (box) {
  box.addEventListener("compositionstart", () => {
    written = new Promise((done) => box.addEventListener("compositionend", done, { once: true }));
  });
  // over the whole screen of a phone it opens by a press alone: the Tab key leads on
  box.addEventListener("click", open);
  const isWide = () => matchMedia("(min-width: 50rem)").matches;
  box.addEventListener("focus", () => { if (isWide()) open(); });
  if (isWide() && document.activeElement === box) open();
}
