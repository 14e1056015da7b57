// Play a film or sound of another site in the place of its link, after a press: until then nothing of that site is asked for.
// Our page around it says which site may be framed (web/feeds/players.py). Loaded with the first press (site.js).

import { t } from "../site.js";

function end(box) {
  box.querySelector(".player").remove();
  box.classList.remove("playing");
}

export function play(button) {
  for (const media of document.querySelectorAll("video, audio")) media.pause();
  for (const other of document.querySelectorAll(".playable.playing")) end(other);
  const box = button.closest(".playable"), player = document.createElement("div"), frame = document.createElement("iframe");
  player.className = "player";
  frame.src = button.dataset.player;
  frame.title = button.ariaLabel;
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  frame.style.aspectRatio = button.dataset.shape;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet small";
  close.textContent = t("Close the player");
  close.addEventListener("click", () => {
    end(box);
    button.focus();
  });
  player.append(frame, close);
  box.prepend(player);
  box.classList.add("playing");
  frame.focus();
}
