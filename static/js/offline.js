// The page for when there is no connection: it goes on by itself when there is one again.
document.querySelector("[data-again]").href = location.href;
let isLeft = false;
addEventListener("beforeunload", () => { isLeft = true; });
addEventListener("online", () => { if (!isLeft) location.reload(); });
