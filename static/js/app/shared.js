// Files that another app shared with the installed one (worker.js keeps them): into the composer, as if they had been chosen there.

const HOUR_MS = 3600 * 1000;
const box = document.querySelector("form.composer > .tools > details[data-uploads]");
const files = new DataTransfer();
const kept = await caches.open("shared");
for (const request of await kept.keys()) {
  const held = await kept.match(request), { headers } = held;
  if (Date.now() - new Date(headers.get("Date")) > HOUR_MS) continue; // of somebody who did not sign in
  files.items.add(new File([await held.blob()], decodeURIComponent(headers.get("File-Name")), { type: headers.get("Content-Type") }));
}
await caches.delete("shared");
const picker = box?.querySelector("input[type=file][multiple]"); // of uploads.js, which knows the limits
if (picker && files.files.length) {
  picker.files = files.files;
  picker.dispatchEvent(new Event("change"));
}
// loaded again, it is a form like any other
const address = new URL(location);
address.searchParams.delete("shared");
history.replaceState(history.state, "", address);
