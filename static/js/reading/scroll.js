// Load older posts when the end of the page comes near, and keep the address true: whoever leaves and comes back finds the post they were at.
// Without scripts the link "Older posts" does it.

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    near.unobserve(entry.target);
    entry.target.click();
  }
}, { rootMargin: "1200px 0px" });

// Posts that a link brought belong to the address of that link.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) remember(entry.target);
}, { rootMargin: "-30% 0px -65% 0px" });

let timer = 0;
// browsers limit how often the address may change
function remember(post) {
  clearTimeout(timer);
  timer = setTimeout(() => keep(post), 250);
}
function keep(post) {
  clearTimeout(timer);
  // the page of this address is another one than that which somebody leaves: its old offset means nothing
  history.scrollRestoration = "manual";
  if (!history.state?.viewer) history.replaceState({ ...history.state, post: post.id }, "", post.dataset.page || first);
}

const first = location.pathname + location.search;
const feed = document.querySelector("main > .feed[data-scrolls]");
if (feed) {
  atRest(() => loadSheet(feed.dataset.scrolls)); // site.js
  // the address of the posts that come next
  let page = "";
  const isLive = feed.matches("[data-live]");
  const watch = (node) => {
    if (node.matches?.("article.post")) {
      // boosted by somebody else further up
      if (page && isLive && feed.querySelector(`[data-post="${node.dataset.post}"]`) !== node) {
        node.remove();
        return;
      }
      if (page) node.dataset.page = page;
      seen.observe(node);
    } else if (node.matches?.(".pager")) {
      for (const link of node.querySelectorAll("a[rel=next][hx-get]")) near.observe(link);
    }
  };
  for (const node of feed.children) watch(node);
  feed.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const post = event.target.closest("article.post");
    if (link?.matches(".pager a[rel=next]")) page = link.pathname + link.search;
    // the one that somebody leaves by
    else if (link && post) keep(post);
  }, true);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(watch);
  }).observe(feed, { childList: true });
  // back from a conversation whose page was not kept: the address has the page, the state has the post
  const post = history.state?.post && document.getElementById(history.state.post);
  // back, forward or reload
  const isAgain = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
  if (post && isAgain) post.scrollIntoView({ block: "start" });
}
