// Keep what is typed in the composer until it is sent: one draft for each identity and each post that is answered, quoted or edited.
// In the browser at once, for the lost connection; on the server some seconds later, for the other device (web/posts/unsent/drafts.py).
// The server says in a cookie which drafts arrived; a form that was refused, or lost with the connection, keeps its draft.
// Signing out clears the storage (Clear-Site-Data).

import { each, say, t } from "../../site.js";

each("form[data-drafts-of]", (form) => {
  const PREFIX = "draft:";
  const KEPT_MS = 30 * 24 * 3600 * 1000;
  let store;
  try { store = localStorage; } catch { return; } // the browser allows no storage
  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const read = (key) => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };

  const sent = document.cookie.match(/(?:^|; )sent_drafts=([\w:.-]+)/);
  if (sent) {
    for (const name of sent[1].split(".")) store.removeItem(PREFIX + name);
    document.cookie = "sent_drafts=; Max-Age=0; Path=/; SameSite=Lax";
  }
  for (const key of keys()) if (!(Date.now() - (read(key) || {}).at < KEPT_MS)) store.removeItem(key);

  const { text, draft, reply_to: answered, quote: quoted, saved_draft: saved, once } = form.elements;
  const fieldsOf = () => [...form.elements].filter((field) =>
    field.name && field.matches("textarea, select, input:not([type=hidden], [type=file])"));
  const hash = (words) => [...words].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) >>> 0, 0).toString(36);
  const values = () => Object.fromEntries(fieldsOf().filter((field) => chosen.has(field.name)).map((field) =>
    [field.name, field.type === "checkbox" ? field.checked : field.value]));
  // also of files that came meanwhile
  const words = (of = "value") => [...form.querySelectorAll("textarea, input[type=text]")].map((field) => field[of].trim()).join("\n");

  const media = () => [...form.querySelectorAll("[name^=media]")].map((field) => field.name + field.value).join();
  const isFirst = !draft.value; // else the form came back from the server with what was typed
  const startMedia = isFirst ? media() : "";
  const start = isFirst ? words("defaultValue") : null; // who is quick has typed already
  if (isFirst) {
    // an edit begins from a version of the post: a draft of an older one is not laid over it
    const about = saved && saved.value ? ["saved", saved.value] : form.dataset.edits ? ["edit" + form.dataset.edits, hash(start)]
      : [answered.value, quoted.value, answered.value ? "" : hash(text.defaultValue)];
    draft.value = [form.dataset.draftsOf, ...about].join(":");
  }
  const key = PREFIX + draft.value;
  const kept = (read(key) || {}).values;
  // a draft has what the person typed or chose; everything else starts from their present settings
  const chosen = new Set(kept ? Object.keys(kept) : fieldsOf().filter((field) => !isFirst || field.matches("textarea") && field.value !== field.defaultValue).map((field) => field.name));
  let timer = 0, isClosed = false;
  const isWritten = () => words() !== start || media() !== startMedia;
  const save = () => {
    timer = 0;
    if (isForgotten) return;
    if (!isWritten()) { store.removeItem(key); return; }
    try {
      store.setItem(key, JSON.stringify({ at: Date.now(), values: values(), saved: saved ? saved.value : "", once: once ? once.value : "", media: media() }));
    } catch { /* full */ }
  };

  // The server's copy. One request at a time; after the last key, and when the page goes.
  const state = document.getElementById("draft-state");
  // "Save draft" says so itself: both words have their room, so that nothing moves
  const button = form.elements.save_draft;
  if (button) {
    const [wish, done] = [button.textContent.trim(), t("Draft saved")].map((words) => {
      const part = document.createElement("span");
      part.textContent = words;
      return part;
    });
    button.replaceChildren(wish, done);
  }
  const tell = (words) => {
    state.textContent = words;
    button?.classList.toggle("is-saved", Boolean(words));
  };
  const at = form.dataset.draftsAt;
  // what the server would keep: not what it answers with, nor files on their way
  const OWN = ["csrfmiddlewaretoken", "acting_as", "draft", "saved_draft", "once"];
  const content = () => new URLSearchParams([...new FormData(form)].filter(([name, value]) =>
    typeof value === "string" && !OWN.includes(name))).toString();
  let upload = 0, isBusy = false, isSent = false, last = at ? content() : "";
  let pushing = Promise.resolve();
  const push = () => { pushing = pushNow(); };
  const pushNow = async () => {
    upload = 0;
    const now = content();
    if (isSent || isBusy) return;
    if (now === last) { // changed and changed back since it was saved
      if (saved.value) tell(t("Draft saved"));
      return;
    }
    if (!saved.value && !(words() + media()).trim()) return;
    isBusy = true;
    last = now;
    const body = new FormData(form);
    for (const field of form.querySelectorAll("input[type=file]")) body.delete(field.name);
    try {
      const answer = await fetch(at, { method: "POST", body: new URLSearchParams(body), keepalive: true, redirect: "error" });
      const { id, error } = await answer.json();
      if (answer.status === 404) isSent = true; // posted or deleted elsewhere: it is not begun anew
      else if (answer.ok) {
        saved.value = id;
        // closed, the form may have been opened again and sent
        if (!isClosed && !isSent) save();
      }
      tell(answer.ok && id && content() === now ? t("Draft saved") : "");
      if (error && !isClosed) say(error);
    } catch { last = ""; /* offline, or signed out: the browser keeps it, and the next key tries again */ }
    isBusy = false;
    if (content() !== last) { if (isClosed) push(); else uploadLater(); }
  };
  const uploadLater = () => { if (at) upload ||= setTimeout(push, 2500); };
  form.addEventListener("submit", () => { isSent = true; clearTimeout(upload); });
  form.addEventListener("composer:sent", () => { clearTimeout(timer); store.removeItem(key); });
  // signed out in another tab (app.js): what is typed stays in this page alone
  let isForgotten = false;
  document.addEventListener("draft:forget", () => {
    isSent = isForgotten = true;
    for (const one of [timer, upload]) clearTimeout(one);
    timer = upload = 0;
    store.removeItem(key);
  });
  // the same person signed in again
  document.addEventListener("draft:keep", () => {
    if (!isForgotten) return;
    isSent = isForgotten = false;
    if (!isClosed) { save(); uploadLater(); }
  });
  // An empty form deletes its draft, after what is still on its way.
  const discard = () => {
    for (const one of [timer, upload]) clearTimeout(one);
    timer = upload = 0;
    store.removeItem(key);
    if (!at) return;
    const body = new URLSearchParams(["csrfmiddlewaretoken", "acting_as", "saved_draft", "once"]
      .flatMap((name) => form.elements[name]?.value ? [[name, form.elements[name].value]] : []));
    pushing.then(() => {
      if (saved.value) body.set("saved_draft", saved.value);
      return fetch(at, { method: "POST", body, keepalive: true, redirect: "error" });
    }).catch(() => {}); // offline
  };
  const toast = (detail) => document.dispatchEvent(new CustomEvent("toast", { detail }));
  // closed in the page that stays open (composing.js)
  form.addEventListener("composer:close", () => {
    isClosed = true;
    if (isSent) return;
    for (const one of [timer, upload]) clearTimeout(one);
    if (!isWritten()) { if (timer) save(); return; }
    save();
    if (at) push();
    const act = () => {
      isSent = true;
      discard();
      document.dispatchEvent(new Event("draft:discarded")); // replying.js
      toast({ text: t("Draft deleted.") });
    };
    toast({ text: t("Draft kept."), action: { words: t("Discard"), act } });
  });

  const later = (event) => {
    chosen.add(event.target.name);
    timer ||= setTimeout(save, 300);
    if (state) tell("");
    uploadLater();
  };
  const restore = (kept) => {
    form.dispatchEvent(new CustomEvent("draft:restore", { detail: kept })); // chains.js
    for (const field of fieldsOf()) {
      if (!(field.name in kept)) continue;
      if (field.type === "checkbox") field.checked = kept[field.name]; else field.value = kept[field.name];
      const closed = field.closest("details");
      if (closed && field.type !== "checkbox" && !field.matches("select") && field.value) closed.open = true;
    }
    for (const area of form.querySelectorAll("textarea")) area.dispatchEvent(new Event("input", { bubbles: true }));
    form.dispatchEvent(new Event("draft:restored")); // pills.js
  };

  const entry = read(key) || {};
  // this browser has it, too, perhaps with more words
  if (isFirst && kept) form.querySelector(".begun")?.remove();
  if (isFirst && kept && saved && entry.media && entry.saved !== saved.value) {
    // its files are in the server's copy
    const note = document.createElement("p");
    note.className = "note row spread";
    const link = document.createElement("a");
    link.href = `${form.getAttribute("action")}?draft=${entry.saved}`;
    link.textContent = t("Continue your draft");
    note.append(`${t("You have a draft with files.")} `, link);
    form.prepend(note);
  } else if (isFirst && kept) {
    const typed = text.value.startsWith(text.defaultValue) ? text.value.slice(text.defaultValue.length) : "";
    const before = kept.text ?? text.defaultValue;
    // the box under a thread keeps the text of a reply that was closed: it is not added to itself
    restore({ ...kept, ...(typed && { text: text.value.startsWith(before) ? text.value : before + typed }) });
    if (saved && !saved.value) saved.value = entry.saved || "";
    if (once && entry.once) once.value = entry.once;
    if (at && !saved.value) { last = ""; push(); } // the page went before it learned the id of its draft
    const note = document.createElement("p");
    note.className = "note row spread";
    note.setAttribute("role", "status");
    note.append(t("Your draft was restored."));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";
    button.textContent = t("Discard draft");
    button.addEventListener("click", () => {
      form.reset();
      chosen.clear();
      text.dispatchEvent(new Event("input", { bubbles: true }));
      discard();
      if (saved) saved.value = "";
      note.remove();
      toast({ text: t("Draft deleted.") });
      text.focus();
    });
    note.append(button);
    form.prepend(note);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  addEventListener("pagehide", () => {
    if (timer) { clearTimeout(timer); save(); }
    if (upload) { clearTimeout(upload); push(); }
  });
});
