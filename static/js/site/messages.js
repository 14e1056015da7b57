// What went wrong behind a button, and what can be taken back.
import { say, t } from "../site.js";

// The error page of a refusal says why.
const reason = (page) => page && new DOMParser().parseFromString(page, "text/html").querySelector("[data-sentence]")?.textContent;

document.addEventListener("htmx:responseError", ({ detail: { xhr: { status, responseText } } }) => {
  say(status === 429
    ? t("Too many requests. Wait a moment.")
    : status === 409
    ? t("You have switched to another account. Reload the page.")
    : status === 403 && reason(responseText) || t("That did not work. Reload the page and try again."));
});
document.addEventListener("htmx:sendError", () => say(t("The server can't be reached. Are you online?")));

// What can be taken back says so for a while: toasts are loaded with the first one.
const toasts = () => import("../reading/toasts.js");
document.addEventListener("toast", ({ detail, target }) => {
  // the stream may tell of the deletion before toasts have come: they take the post out, and can put it back (live/page.js)
  if (detail.hides === "post") target.closest("article.post")?.setAttribute("data-deletion", "here");
  toasts().then((module) => module.show(detail, target));
});
if (document.querySelector("[data-toast]")) toasts();

// Signed out meanwhile: an htmx request that was led to another page leads the whole window there.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { responseURL } = detail.xhr;
  if (detail.requestConfig.verb !== "get" && responseURL && new URL(responseURL).pathname.startsWith("/sign-in")) {
    detail.shouldSwap = false;
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});
