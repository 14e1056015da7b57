// Files of the composer: chosen together, dropped or pasted, uploaded at once with their progress, put in order. Without this file they are
// chosen one by one and sent with the form.

import { each, t } from "../../site.js";

each("form.composer", (form) => {
  const uploading = new Set();
  const takers = new WeakMap();
  // where somebody is, and what stands there: who goes on typing keeps the caret
  const place = () => {
    const at = document.activeElement;
    return JSON.stringify([at?.id, at?.value, at?.selectionStart]);
  };
  const first = form.querySelector(":scope > .tools > details[data-uploads]");

  // The files of one post.
  const attach = (box) => {
    const most = Number(box.dataset.most);
    const picker = document.createElement("input");
    picker.type = "file";
    picker.multiple = true;
    picker.accept = box.querySelector("input[type=file]")?.accept || "";
    picker.hidden = true;
    const add = document.createElement("button");
    add.type = "button";
    add.className = "quiet small";
    add.textContent = t("Add files");
    const said = document.createElement("p");
    said.className = "errorlist";
    said.setAttribute("role", "alert");

    for (const row of box.querySelectorAll(".file-row.new")) row.remove();
    box.querySelector("[name=only_upload]")?.closest(".actions").remove();
    box.querySelector("summary").after(said);
    const tools = document.createElement("div");
    tools.className = "actions";
    tools.append(add, picker);
    // on phones the camera is a press away, without the chooser
    const camera = picker.cloneNode();
    camera.multiple = false;
    camera.accept = "image/*";
    camera.setAttribute("capture", "environment");
    const shoot = add.cloneNode();
    shoot.textContent = t("Take a photo");
    shoot.hidden = !matchMedia("(hover: none) and (pointer: coarse)").matches;
    shoot.addEventListener("click", () => camera.click());
    tools.append(shoot, camera);
    const hint = box.querySelector(":scope > .hint");
    if (hint) hint.before(tools); else box.append(tools);

    const rows = () => [...box.querySelectorAll(".file-row")];
    const changed = () => {
      add.disabled = shoot.disabled = rows().length >= most;
      rows().forEach((row, place, all) => {
        const label = row.querySelector("label[for^=description_]");
        if (label && all.length > 1) label.textContent = t("Description of file {number}", { number: place + 1 });
        const [up, down] = row.querySelectorAll(".order button");
        if (up) { up.disabled = place === 0; down.disabled = place === all.length - 1; }
      });
      const any = form.querySelector("[name^=media]") || form.elements.text;
      any.dispatchEvent(new Event("change", { bubbles: true })); // the draft knows it (drafts.js)
    };
    const orderly = (row) => {
      const order = document.createElement("p");
      order.className = "order";
      for (const [words, step] of [[t("Earlier"), -1], [t("Later"), 1]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words;
        button.addEventListener("click", () => {
          const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
          if (!other?.matches(".file-row")) return;
          if (step < 0) other.before(row); else other.after(row);
          changed();
          (button.disabled ? order.querySelector("button:enabled") : button)?.focus();
        });
        order.append(button);
      }
      row.querySelector("[name^=remove_]").closest("label").before(order);
      row.querySelector("[name^=remove_]").addEventListener("change", () => {
        row.remove();
        changed();
        add.focus();
      });
    };
    rows().forEach(orderly);

    // of files that were chosen together, the first one that arrives whole has the focus
    const send = (file, batch) => {
      const start = place();
      const row = document.createElement("div");
      row.className = "file-row";
      const bar = document.createElement("progress");
      bar.setAttribute("aria-label", t("Uploading {file}", { file: file.name }));
      row.append(bar);
      tools.before(row);
      batch.push(row);
      const body = new FormData();
      for (const name of ["csrfmiddlewaretoken", "acting_as"]) {
        const field = form.elements[name];
        if (field) body.append(name, field.value);
      }
      body.append("file_1", file);
      const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
      const ended = (words) => {
        uploading.delete(row);
        if (words) { row.remove(); said.textContent = words; }
        changed();
      };
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable && event.loaded < event.total) bar.value = event.loaded / event.total;
        else bar.removeAttribute("value"); // being converted
      });
      request.addEventListener("load", () => {
        const isOurs = !request.responseURL || new URL(request.responseURL).pathname === box.dataset.uploads;
        if (request.status !== 200 || !isOurs) {
          ended(request.status === 422 ? request.responseText : t("{file} could not be uploaded. Reload the page and try again.", { file: file.name }));
          return;
        }
        const holder = document.createElement("template");
        holder.innerHTML = request.responseText;
        const done = holder.content.querySelector(".file-row");
        done.querySelector("[name=media]").name = row.closest("details").dataset.media ?? "media"; // it may have moved (chains.js)
        const isFirst = batch.find((one) => one.isConnected) === row;
        row.replaceWith(done);
        orderly(done);
        ended("");
        if (!isFirst) return;
        batch.length = 0;
        if (place() === start) done.querySelector("textarea").focus();
      });
      request.addEventListener("error", () => ended(t("{file} could not be uploaded. Are you online?", { file: file.name })));
      uploading.add(row);
      request.open("POST", box.dataset.uploads);
      request.send(body);
    };
    const take = (files) => {
      const list = [...files];
      if (!list.length) return;
      box.open = true;
      said.textContent = "";
      const room = most - rows().length;
      if (list.length > room) said.textContent = t("A post can have {most} files.", { most });
      const large = list.find((file) => file.size > Number(form.dataset.mostBytes));
      if (large) { said.textContent = t("{file} is larger than this server accepts.", { file: large.name }); return; }
      const batch = [];
      for (const file of list.slice(0, room)) send(file, batch);
      changed();
    };
    takers.set(box, { take, said });
    box.addEventListener("composer:moved", changed); // chains.js

    add.addEventListener("click", () => picker.click());
    // the sign among the tools asks for files; what belongs to them is shown with the first one
    box.querySelector("summary").addEventListener("click", (event) => {
      if (box.open || rows().length) return;
      event.preventDefault();
      picker.click();
    });
    for (const source of [picker, camera]) source.addEventListener("change", () => { take(source.files); source.value = ""; });
  };
  form.querySelectorAll("details[data-uploads]").forEach(attach);
  form.addEventListener("composer:part", ({ target }) => attach(target.querySelector("details[data-uploads]"))); // chains.js

  // into the post that they are dropped on or pasted into
  const takerAt = (at) => takers.get(at.closest?.(".part")?.querySelector("details[data-uploads]") ?? first);
  form.addEventListener("paste", (event) => {
    const taker = takerAt(event.target);
    if (taker && event.clipboardData.files.length) { event.preventDefault(); taker.take(event.clipboardData.files); }
  });
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    takerAt(event.target)?.take(event.dataTransfer.files);
  });
  form.addEventListener("submit", (event) => {
    // those of a removed post are not sent
    const row = [...uploading].find((one) => form.contains(one));
    if (!row) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    takers.get(row.closest("details")).said.textContent = t("Wait until your files have been uploaded.");
  }, true);
});
