// A page shown without a connection, a kept one or the one that says so, loads itself again when the server can be reached.
const SECOND_MS = 1000;
const MOST_MS = 60 * SECOND_MS;

const again = document.querySelector("[data-again]");
if (again) again.href = location.href;
// opened at its own address it stands for no other page: it would load itself without end
const isItself = again?.dataset.again === location.pathname;

// not while it is left, or has words in it
let isLeft = false;
addEventListener("beforeunload", () => { isLeft = true; });
const isWritten = () => [...document.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);

// The browser's word alone is not enough: it may have come before this script, and a network without the server counts as online.
let timer, wait;
async function look() {
  clearTimeout(timer);
  const answer = await fetch("/worker.js", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.ok) {
    if (isLeft || isWritten()) return;
    sessionStorage.setItem("reloaded", Date.now());
    location.reload();
  } else if (navigator.onLine) {
    timer = setTimeout(look, wait);
    wait = Math.min(2 * wait, MOST_MS);
  }
}
function begin() {
  wait = 2 * SECOND_MS;
  look();
}
addEventListener("online", begin);
// a page that does not arrive although the server answers is not asked for again at once
const isSoon = Date.now() - Number(sessionStorage.getItem("reloaded")) < 3 * SECOND_MS;
if (navigator.onLine && !isItself) timer = setTimeout(begin, isSoon ? 3 * SECOND_MS : 0);
