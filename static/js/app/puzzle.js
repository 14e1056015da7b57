// The puzzle of the form to join: searches for the number that the server checks (users/access_rules/puzzles.py), while one fills it in.

const form = document.querySelector("form[data-puzzle]");
const { answer } = form.elements;
const said = form.querySelector("[role=status]");
const bits = Number(form.dataset.bits);
const AT_ONCE = 256;
let searching = null;

function isAnswer(hash) {
  const view = new DataView(hash);
  return view.getUint32(0) >>> (32 - bits) === 0;
}

async function search() {
  const coder = new TextEncoder();
  for (let first = 0; ; first += AT_ONCE) {
    const hashes = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, place) =>
        crypto.subtle.digest("SHA-256", coder.encode(`${form.dataset.puzzle}:${first + place}`))),
    );
    const found = hashes.findIndex(isAnswer);
    if (found >= 0) {
      answer.value = first + found;
      return;
    }
  }
}

// Pages without TLS have no crypto: the server lets few join without an answer.
if (globalThis.crypto?.subtle) {
  form.addEventListener("focusin", () => { searching ??= search(); }, { once: true });
  form.addEventListener("submit", async (event) => {
    if (answer.value) return;
    event.preventDefault();
    said.hidden = false;
    searching ??= search();
    await searching;
    said.hidden = true;
    form.submit();
  });
}
