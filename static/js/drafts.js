// Keep what is typed in the composer until it is sent: one draft for each identity and each post that is answered, quoted or edited.
// The server says in a cookie which drafts arrived; a form that was refused, or lost with the connection, keeps its draft.
// Signing out clears the storage (Clear-Site-Data).
"use strict";

(() => {
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

  const form = document.querySelector("form[data-drafts-of]");
  const { text, draft, reply_to: answered, quote: quoted } = form.elements;
  const fields = [...form.elements].filter((field) =>
    field.name && field.matches("textarea, select, input:not([type=hidden], [type=file])"));
  const hash = (words) => [...words].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) >>> 0, 0).toString(36);
  const values = () => Object.fromEntries(fields.filter((field) => chosen.has(field.name)).map((field) =>
    [field.name, field.type === "checkbox" ? field.checked : field.value]));
  const words = () => fields.filter((field) => field.matches("textarea, input[type=text]")).map((field) => field.value.trim()).join("\n");

  const isFirst = !draft.value; // else the form came back from the server with what was typed
  const start = isFirst ? words() : null;
  if (isFirst) {
    // an edit begins from a version of the post: a draft of an older one is not laid over it
    const about = form.dataset.edits ? ["edit" + form.dataset.edits, hash(start)]
      : [answered.value, quoted.value, answered.value ? "" : hash(text.value)];
    draft.value = [form.dataset.draftsOf, ...about].join(":");
  }
  const key = PREFIX + draft.value;
  const kept = (read(key) || {}).values;
  // a draft has what the person typed or chose; everything else starts from their present settings
  const chosen = new Set(kept ? Object.keys(kept) : isFirst ? [] : fields.map((field) => field.name));
  let timer = 0;
  const save = () => {
    timer = 0;
    if (words() === start) { store.removeItem(key); return; }
    try { store.setItem(key, JSON.stringify({ at: Date.now(), values: values() })); } catch { /* full */ }
  };
  const later = (event) => { chosen.add(event.target.name); timer ||= setTimeout(save, 300); };
  const restore = (kept) => {
    for (const field of fields) {
      if (!(field.name in kept)) continue;
      if (field.type === "checkbox") field.checked = kept[field.name]; else field.value = kept[field.name];
      const closed = field.closest("details");
      if (closed && field.type !== "checkbox" && !field.matches("select") && field.value) closed.open = true;
    }
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };

  if (isFirst && kept) {
    restore(kept);
    const note = document.createElement("p");
    note.className = "note row spread";
    note.setAttribute("role", "status");
    note.append("Your draft was restored.");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";
    button.textContent = "Discard draft";
    button.addEventListener("click", () => {
      form.reset();
      chosen.clear();
      text.dispatchEvent(new Event("input", { bubbles: true }));
      store.removeItem(key);
      note.remove();
      text.focus();
    });
    note.append(button);
    form.prepend(note);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  addEventListener("pagehide", () => { if (timer) { clearTimeout(timer); save(); } });
})();
