// The emoji picker of the form that writes a post: the domain's own and those of Unicode, by group or by a word. Posts can be written without it.

import { each, t } from "../../site.js";

each("form.composer", (form) => {
  const main = form.querySelector("textarea[data-limit]");
  const tools = form.querySelector(":scope > .tools");
  if (!main || !tools) return;
  let field = main, asked = 0, timer = 0, shown = {}, held = null, holding = 0;
  const holdMs = 450;
  form.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea[data-limit], input[type=text]")) field = target;
  });

  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.title = t("Emoji");
  button.setAttribute("aria-label", t("Emoji"));
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", "emoji-picker");
  const sign = tools.querySelector("svg").cloneNode(true);
  sign.firstElementChild.setAttribute("href", sign.firstElementChild.getAttribute("href").replace(/#.*/, "#smile"));
  button.append(sign);
  const panel = document.createElement("div");
  panel.id = "emoji-picker";
  panel.className = "emoji-picker";
  panel.hidden = true;
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = t("Search emoji");
  search.maxLength = 50;
  search.setAttribute("aria-label", t("Search emoji"));
  const found = document.createElement("div");
  panel.append(search, found);
  tools.append(button, panel);

  const fill = async (query) => {
    const mine = ++asked;
    shown = query;
    let html = "";
    try {
      const answer = await fetch(`/compose/emojis?${new URLSearchParams(query)}`, { redirect: "error" });
      if (answer.ok) html = await answer.text();
    } catch { /* offline */ }
    if (mine !== asked) return;
    if (html) found.innerHTML = html; // the server's own, escaped there
    else found.textContent = t("The emoji could not be loaded. Are you online?");
  };
  // as if it was typed; a space before a shortcode, which would not be one behind a letter
  const put = (words) => {
    if (!field.isConnected) field = main; // of a post that was removed (chains.js)
    const [from, to] = [field.selectionStart, field.selectionEnd];
    const before = field.value.slice(0, from), after = field.value.slice(to);
    const isCode = words.startsWith(":");
    const whole = (isCode && before && !/\s$/.test(before) ? " " : "") + words + (isCode && !/^\s/.test(after) ? " " : "");
    field.value = before + whole + after;
    field.setSelectionRange(from + whole.length, from + whole.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const toggle = (opens) => {
    panel.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    if (!opens) return;
    if (!found.children.length) fill({});
    search.focus();
  };

  button.addEventListener("click", () => toggle(panel.hidden));
  found.addEventListener("click", async ({ target }) => {
    const choice = target.closest("button");
    if (held) return;
    closeTones(choice?.closest(".emoji-tones"));
    if (!choice) return;
    const { put: words, group, tone } = choice.dataset;
    if (words) return put(words);
    if (tone) {
      await fill({ ...shown, tone });
      delete shown.tone;
      return found.querySelector(`[data-tone="${tone}"]`)?.focus();
    }
    await fill({ group });
    found.querySelector(`[data-group="${group}"]`)?.focus();
  });
  // the skin tones of one emoji: held, by the right button, or by the arrow down
  const closeTones = (returns) => {
    const open = found.querySelector(".emoji-tones");
    if (returns) open?.previousElementSibling.focus();
    open?.remove();
    return Boolean(open);
  };
  const openTones = (choice) => {
    closeTones();
    const box = document.createElement("div");
    box.className = "emoji-tones";
    box.role = "group";
    box.ariaLabel = t("Skin tone");
    for (const { dataset: { tone }, ariaLabel } of found.querySelectorAll("[data-tone]")) {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = +tone ? choice.dataset.plain.replace("\ufe0f", "") + String.fromCodePoint(0x1f3fa + +tone) : choice.dataset.plain;
      one.dataset.put = one.textContent;
      one.title = one.ariaLabel = `${choice.title}, ${ariaLabel}`;
      box.append(one);
    }
    choice.after(box);
    box.style.top = `${choice.offsetTop + choice.offsetHeight}px`;
    box.style.left = `${Math.max(0, Math.min(choice.offsetLeft, box.parentElement.clientWidth - box.offsetWidth))}px`;
    box.scrollIntoView({ block: "nearest" });
    (box.querySelector(`[data-put="${choice.dataset.put}"]`) ?? box.firstElementChild).focus({ preventScroll: true });
  };
  found.addEventListener("contextmenu", (event) => {
    const choice = event.target.closest("[data-plain]");
    if (!choice) return;
    event.preventDefault();
    openTones(choice);
  });
  found.addEventListener("pointerdown", ({ target, button }) => {
    const choice = target.closest("[data-plain]");
    clearTimeout(holding);
    held = null;
    if (choice && !button) holding = setTimeout(() => openTones(held = choice), holdMs);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) found.addEventListener(end, () => clearTimeout(holding));
  found.addEventListener("keydown", (event) => {
    held = null;
    if (event.key === "ArrowDown" && event.target.matches("[data-plain]")) {
      event.preventDefault();
      return openTones(event.target);
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const choices = [...(event.target.closest(".emoji-tones") ?? found).querySelectorAll("button")];
    const place = choices.indexOf(document.activeElement);
    if (!step || place < 0) return;
    event.preventDefault();
    choices[(place + step + choices.length) % choices.length].focus();
  });
  for (const kind of ["input", "change"]) search.addEventListener(kind, (event) => event.stopPropagation()); // no part of the post
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => fill({ q: search.value.trim() }), 150);
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // of what is open this closes only the innermost
    event.stopPropagation();
    if (closeTones(true)) return;
    toggle(false);
    field.focus();
  });
});
