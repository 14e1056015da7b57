// The pills of the composer as small menus: who can see a post, reply to it and quote it, and its language. Without this file they are
// lists of the browser, which stay the fields of the form.

import { each, t } from "../../site.js";

// of the audiences, by their number (activities/posts/models: Visibility)
const audiences = [
  t("Anyone can see it, and it is in public timelines."),
  t("Anyone can see it, but it is not in public timelines, hashtags and searches."),
  t("Only those who follow you, and people you mention."),
  t("Only people you mention."),
  t("Only people with an account on this server. It is not sent to others."),
];

each("form.composer", (form) => {
  const sync = [];
  form.querySelectorAll(".pills select").forEach((select, place) => {
    if (!HTMLElement.prototype.showPopover) return;
    const label = select.labels[0];
    const short = select.closest("[data-pill]")?.dataset.pill;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet pill";
    button.setAttribute("aria-haspopup", "dialog");
    const menu = document.createElement("div");
    menu.className = "pill-menu";
    menu.id = `pill-${place}`;
    menu.popover = "auto";
    menu.setAttribute("role", "dialog");
    menu.setAttribute("aria-label", label.textContent);
    button.popoverTargetElement = menu;
    const title = document.createElement("p");
    title.className = "small soft";
    title.textContent = label.textContent;
    menu.append(title);
    const show = () => {
      const chosen = select.selectedOptions[0]?.textContent || "";
      const brief = chosen.replace(/ \(.*\)$/, ""); // "(my default)" is in the menu
      // a language is known by its code, which leaves the line to the other pills
      button.textContent = select.name === "language" ? select.value.toUpperCase() || short : short ? `${short}: ${brief}` : brief;
      button.setAttribute("aria-label", `${label.textContent}: ${chosen}`);
    };
    const choose = (value) => {
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      menu.hidePopover();
      button.focus();
    };

    const fill = () => {
      const group = document.createElement("div");
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", label.textContent);
      for (const option of select.options) {
        const row = document.createElement("label");
        row.className = "choice";
        const radio = document.createElement("input");
        radio.type = "radio";
        radio.name = `choice-${select.name}`;
        radio.setAttribute("form", "no-form"); // the list is what is sent
        radio.value = option.value;
        radio.checked = option.selected;
        const words = document.createElement("span");
        words.textContent = option.textContent;
        const hint = select.name === "visibility" && audiences[option.value];
        if (hint) {
          const line = document.createElement("span");
          line.className = "soft small";
          line.id = `audience-${option.value}`;
          line.textContent = hint;
          radio.setAttribute("aria-label", option.textContent);
          radio.setAttribute("aria-describedby", line.id);
          words.append(line);
        }
        row.append(radio, words);
        group.append(row);
      }
      // arrow keys, whose clicks browsers make up, only move: Escape leaves the choice as it was
      let isMoving = false;
      group.addEventListener("keydown", (event) => {
        isMoving = event.key.startsWith("Arrow");
        if (!["Enter", " "].includes(event.key)) return; // browsers make no click of Space on the one that is checked
        event.preventDefault();
        choose(event.target.value);
      });
      group.addEventListener("click", ({ target }) => {
        if (target.matches("input") && !isMoving) choose(target.value);
        isMoving = false;
      });
      menu.querySelector("[role=radiogroup]")?.remove();
      menu.append(group);
    };
    if (select.options.length > 12) {
      const find = document.createElement("input");
      find.type = "search";
      find.placeholder = t("Search");
      find.setAttribute("aria-label", t("Search: {what}", { what: label.textContent }));
      find.setAttribute("form", "no-form");
      find.addEventListener("input", () => {
        const wanted = find.value.trim().toLocaleLowerCase();
        for (const row of menu.querySelectorAll(".choice")) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
      });
      menu.append(find);
      menu.addEventListener("toggle", () => { find.value = ""; });
    }
    menu.addEventListener("beforetoggle", ({ newState }) => { if (newState === "open") fill(); });
    menu.addEventListener("toggle", ({ newState }) => {
      button.setAttribute("aria-expanded", String(newState === "open"));
      if (newState !== "open") return;
      if (matchMedia("(min-width: 50rem)").matches) { // else a sheet at the bottom
        const at = button.getBoundingClientRect();
        const top = at.bottom + menu.offsetHeight + 8 < innerHeight ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4);
        Object.assign(menu.style, { top: `${top}px`, left: `${Math.min(at.left, innerWidth - menu.offsetWidth - 8)}px` });
      } else menu.removeAttribute("style");
      const checked = menu.querySelector("input:checked");
      checked?.scrollIntoView({ block: "nearest" });
      (checked || menu.querySelector("input")).focus();
    });
    label.hidden = true;
    select.className = "visually-hidden";
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    select.after(button, menu);
    select.addEventListener("change", show);
    sync.push(show);
    show();
  });
  const all = () => sync.forEach((show) => show());
  form.addEventListener("reset", () => setTimeout(all));
  form.addEventListener("draft:restored", all); // drafts.js

  // A keyboard on the screen covers what stands at the bottom, unless the browser makes the page smaller for it.
  const seen = window.visualViewport;
  if (!seen) return;
  const lift = () => form.style.setProperty("--keyboard", `${Math.max(0, Math.round(innerHeight - seen.height - seen.offsetTop))}px`);
  seen.addEventListener("resize", lift);
  seen.addEventListener("scroll", lift);
  lift();
});
