// On pages of nobody who is signed in: what this browser kept of who was, because the session ended elsewhere (in the list of sessions, with
// a new password, or by its age). Signing out in this browser clears all of its storage (Clear-Site-Data).
// Posts that wait for a connection stay: they are sent, and listed, only for their author (worker.js).

try {
  const { localStorage: store } = window;
  // drafts.js and searches.js
  for (const key of Object.keys(store)) if (/^(draft|searches):/.test(key)) store.removeItem(key);
} catch { /* no storage */ }
