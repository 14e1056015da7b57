// Pieces of pages that htmx brings: what they are wired to, and the sheets and scripts that they need.
import { loadSheet } from "../site.js";

// What htmx does with the buttons and the menu of a post stands here once, instead of in each post.
function wire(root) {
  const wired = [];
  const tell = (elt, orders) => {
    for (const [name, value] of Object.entries(orders)) elt.setAttribute(`hx-${name}`, value);
    wired.push(elt);
  };
  for (const act of root.querySelectorAll("button.act[formaction]:not([hx-post])")) {
    tell(act, { post: "", sync: "this:drop" });
    if (act.matches(".quotable")) act.ariaHasPopup = "menu";
    // by it htmx finds the focus again when the button is replaced
    if (!act.name) act.id ||= act.classList[1] + act.closest("article").id.slice("post".length);
  }
  for (const link of root.querySelectorAll(".post > footer > .menu:not([hx-get]) > div > a[href*=menu]:only-child")) {
    tell(link.closest("details"), { get: link.href, trigger: "toggle once", target: "find div", swap: "innerHTML" });
  }
  return wired;
}
wire(document);
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const piece of wire(elt.parentElement ?? elt)) htmx.process(piece);
});

// A button's address stands in its formaction only: `hx-post` without a value means the same one.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { elt } = detail;
  if (elt.matches("button[formaction][hx-post='']")) detail.path = elt.getAttribute("formaction");
});

// A piece is asked for once its style sheet has come.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail, { sheet } = elt.dataset;
  if (!sheet) return;
  event.preventDefault();
  loadSheet(sheet, () => issueRequest());
});

// A piece of a page brings the scripts of its own page along.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const address of elt.dataset.modules?.split(" ") ?? []) import(address);
});
