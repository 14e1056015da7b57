// The last searches of an identity, in this browser alone. Signing out clears the storage (Clear-Site-Data).

const MOST = 8;
const box = document.getElementById("recent-searches");
const key = `searches:${box?.dataset.of}`;

function read() {
  try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } // no storage, or not ours
}

function keep(searches) {
  try { localStorage.setItem(key, JSON.stringify(searches.slice(0, MOST))); } catch { /* no storage */ }
}

function show() {
  const searches = read();
  box.hidden = !searches.length;
  box.querySelector("ul").replaceChildren(...searches.map((words) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `/search?q=${encodeURIComponent(words)}`;
    link.dir = "auto";
    link.textContent = words;
    item.append(link);
    return item;
  }));
}

if (box) {
  const { q } = box.dataset;
  if (q) keep([q, ...read().filter((one) => one !== q)]);
  else show();
  box.querySelector("button").addEventListener("click", () => {
    keep([]);
    show();
    document.getElementById("q").focus();
  });
}
