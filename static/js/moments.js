// Times are typed in the person's own zone when we can know it, in UTC otherwise.
"use strict";

for (const input of document.querySelectorAll("input[type=datetime-local]")) {
  const offset = input.form.querySelector("[data-utc-offset]");
  const zone = (Intl.DateTimeFormat().resolvedOptions().timeZone || "").replaceAll("_", " ");
  input.form.querySelector("[data-zone]").textContent = zone ? `(your time, ${zone})` : "(your time)";
  const tell = () => { offset.value = input.value ? String(new Date(input.value).getTimezoneOffset()) : ""; };
  input.addEventListener("input", tell);
  tell();
}
