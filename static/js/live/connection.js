// Hears what happens while a page is open; loaded when it is at rest (site.js). One WebSocket serves all tabs of a browser: the tab that
// holds the lock reads it and passes on what it hears; page.js, loaded with the first message, shows it. Without scripts a page is as it
// was when it was loaded.

const { identity } = document.body.dataset;
// such as "public:local", "list 12", "hashtag birds", "conversation 34"
const streams = [...document.querySelectorAll("main [data-live]")].map((part) => part.dataset.live).filter(Boolean);
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
// how the server closes the socket of a session that ended (api/streaming/sockets.py)
const ENDED = 1008;

// --- one connection for all tabs, given up when the page is left: the browser keeps no page with an open one for Back

let channel = null;
// gives the lock to another tab
let release = null;
let socket = null;
let timer = 0;
let wait = FIRST_WAIT_MS;
let missed = false;
// streams that tabs show, each with the names of these tabs
const wanted = new Map();
const tab = crypto.randomUUID?.() ?? String(Math.random());

function start() {
  if (channel) return;
  channel = new BroadcastChannel(`live:${identity}`);
  channel.addEventListener("message", ({ data }) => {
    if (data.event === "ask") tell();
    else if (data.event === "want") { if (release) want(data.stream, data.tab); }
    else if (data.event === "left") { if (release) forget(data.tab); }
    else hear(data);
  });
  const stop = new AbortController();
  addEventListener("pagehide", () => {
    stop.abort();
    release?.();
    release = null;
    clearTimeout(timer);
    socket?.close();
    if (streams.length) channel.postMessage({ event: "left", tab });
    channel.close();
    channel = null;
    wanted.clear();
  }, { once: true });
  navigator.locks.request(`live:${identity}`, { signal: stop.signal }, () => {
    for (const stream of streams) want(stream, tab);
    // which streams do the other tabs show?
    channel?.postMessage({ event: "ask" });
    // a page that is left at once needs none
    timer = setTimeout(connect, 50);
    return new Promise((resolve) => { release = resolve; });
  // left before its turn came
  }).catch(() => {});
  tell();
}

function tell() {
  for (const stream of streams) channel?.postMessage({ event: "want", stream, tab });
}

function want(wish, by) {
  const tabs = wanted.get(wish);
  wanted.set(wish, (tabs ?? new Set()).add(by));
  if (!tabs) order("subscribe", wish);
}

// a connection has a limited number of streams
function forget(left) {
  for (const [wish, tabs] of wanted) if (tabs.delete(left) && !tabs.size) {
    wanted.delete(wish);
    order("unsubscribe", wish);
  }
}

const parameters = { list: "list", hashtag: "tag", conversation: "post" };
function order(type, wish) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const [stream, target] = wish.split(" ");
  // the socket began with it
  if (stream === "user" && type === "unsubscribe") return;
  socket.send(JSON.stringify({ type, stream, ...(target && { [parameters[stream]]: target }) }));
}

function connect() {
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/streaming?stream=user`);
  socket.addEventListener("open", () => {
    wait = FIRST_WAIT_MS;
    for (const wish of wanted.keys()) order("subscribe", wish);
    if (missed) pass({ event: "reconnected" });
    missed = false;
  });
  socket.addEventListener("message", ({ data }) => {
    const { stream: names, event, payload } = JSON.parse(data);
    if (names) pass({ stream: names.join(" "), event, payload });
  });
  socket.addEventListener("close", ({ code }) => {
    missed = true;
    if (code === ENDED) pass({ event: "ended" });
    // another tab leads, or the page was left
    if (!release) return;
    // spread over time, so that a server that restarts is not met by everyone at once
    timer = setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  });
}

function pass(message) {
  channel?.postMessage(message);
  hear(message);
}

// in the order in which they came: each waits for the same module
function hear(message) {
  import("./page.js").then((module) => module.hear(message));
  document.dispatchEvent(new CustomEvent("live", { detail: message }));
}

// loaded when the page is at rest, which may be before it is shown or after
if (document.readyState === "complete") start();
addEventListener("pageshow", start);

// the tab says what was unread when the page was made
const { count } = document.querySelector(".main-nav [data-count]")?.dataset ?? {};
if (count) document.title = `(${count}) ${document.title}`;
