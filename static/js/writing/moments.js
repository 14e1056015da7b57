// Times are typed in the person's own zone when we can know it, in UTC otherwise.

import { each, t } from "../site.js";

each("input[type=datetime-local]", (input) => {
  const offset = input.form.querySelector("[data-utc-offset]");
  const zone = (Intl.DateTimeFormat().resolvedOptions().timeZone || "").replaceAll("_", " ");
  input.form.querySelector("[data-zone]").textContent = zone ? t("(your time, {zone})", { zone }) : t("(your time)");
  if (input.value && offset.value) { // a time that came with the page, so many minutes from UTC
    const at = new Date(Date.parse(`${input.value}Z`) + offset.value * 60000);
    input.value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }
  const tell = () => { offset.value = input.value ? String(new Date(input.value).getTimezoneOffset()) : ""; };
  input.addEventListener("input", tell);
  input.form.addEventListener("draft:restored", tell); // drafts.js
  tell();
});
