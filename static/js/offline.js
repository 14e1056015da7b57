// The page for when there is no connection: it goes on by itself when there is one again.
document.querySelector("[data-again]").href = location.href;
addEventListener("online", () => location.reload());
