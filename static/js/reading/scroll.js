// Loads older posts when the end of the page comes near (without scripts a link does), and keeps the place for those who come back.

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) {
    near.unobserve(target);
    htmx.process(target); // short pages end in sight before htmx has seen them
    target.click();
  }
}, { rootMargin: "1200px 0px" });

// groups have no box
const boxOf = (row) => (row.querySelector(":scope > article") ?? row).getBoundingClientRect();

// The address and the state say which post is the first in sight, and where. Posts that a link brought belong to that link's address.
let timer = 0;
const keep = () => {
  clearTimeout(timer);
  const post = [...feed.children].find((node) => node.id && boxOf(node).bottom > 56);
  if (!post || history.state?.viewer) return;
  // the page of this address is another one than that which somebody leaves: its old offset means nothing
  history.scrollRestoration = "manual";
  history.replaceState({ ...history.state, post: post.id, top: boxOf(post).top }, "", post.dataset.page || first);
};

// Puts the post back at its old height, and again as the feed grows: the page may be too short at first. Ends when the reader moves.
function goBack({ post, top }) {
  const watcher = new ResizeObserver(() => {
    const place = document.getElementById(post);
    if (place) scrollBy(0, boxOf(place).top - top);
  });
  watcher.observe(feed);
  const stop = () => watcher.disconnect();
  for (const move of ["wheel", "pointerdown", "keydown"]) addEventListener(move, stop, { once: true });
  setTimeout(stop, 5000);
}

const first = location.pathname + location.search;
const feed = document.querySelector("main [data-scrolls]");
if (feed) {
  // the address of the posts that come next
  let page = "";
  const isLive = feed.matches("[data-live]");
  const watch = (node) => {
    if (node.id) { // a post, a group of notifications, a person, a conversation
      // boosted by somebody else further up
      const { post } = node.dataset;
      if (page && isLive && feed.querySelector(post ? `[data-post="${post}"]` : `#${node.id}`) !== node) node.remove();
      else if (page) node.dataset.page ??= page;
    } else if (node.matches?.(".pager")) {
      for (const link of node.querySelectorAll("a[rel=next][hx-get]")) near.observe(link);
    }
  };
  for (const node of feed.children) watch(node);
  feed.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link?.matches(".pager a[rel=next]")) page = link.pathname + link.search;
    else if (link) keep(); // somebody leaves by it
  }, true);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(watch);
  }).observe(feed, { childList: true });
  // browsers limit how often the address may change
  addEventListener("scroll", () => { clearTimeout(timer); timer = setTimeout(keep, 250); }, { passive: true });
  // back from a conversation whose page was not kept, forward or reload
  if (history.state?.post && performance.getEntriesByType("navigation")[0]?.type !== "navigate") goBack(history.state);
}
