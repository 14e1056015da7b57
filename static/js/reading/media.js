// Pictures show their colours (BlurHash) until they have come, and behind a cover; films and sounds get a player of our own.
// Without scripts they have the browser's. Loaded with the first post that has any (site.js), with css/parts/media.css.

import { t } from "../site.js";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
const SIDE = 32;

const number = (text) => [...text].reduce((sum, digit) => sum * 83 + DIGITS.indexOf(digit), 0);
const linear = (value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const srgb = (value) => {
  const bounded = Math.min(1, Math.max(0, value));
  return 255 * (bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055);
};
const root = (value) => Math.sign(value) * value * value;

// The pixels of a hash, four bytes each; null for what is none (github.com/woltapp/blurhash).
export function pixels(hash) {
  if (hash.length < 6 || [...hash].some((digit) => !DIGITS.includes(digit))) return null;
  const size = number(hash[0]), across = (size % 9) + 1, down = Math.floor(size / 9) + 1;
  if (hash.length !== 4 + 2 * across * down) return null;
  const most = (number(hash[1]) + 1) / 166, average = number(hash.slice(2, 6));
  const waves = [[average >> 16, (average >> 8) & 255, average & 255].map(linear)];
  for (let i = 1; i < across * down; i++) {
    const wave = number(hash.slice(4 + 2 * i, 6 + 2 * i));
    waves.push([Math.floor(wave / 361), Math.floor(wave / 19) % 19, wave % 19].map((part) => root((part - 9) / 9) * most));
  }
  const found = new Uint8ClampedArray(4 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) {
    const colour = [0, 0, 0];
    for (let j = 0; j < down; j++) for (let i = 0; i < across; i++) {
      const weight = Math.cos((Math.PI * x * i) / SIDE) * Math.cos((Math.PI * y * j) / SIDE);
      waves[i + j * across].forEach((part, place) => { colour[place] += part * weight; });
    }
    found.set([...colour.map(srgb), 255], 4 * (x + y * SIDE));
  }
  return found;
}

function blur(place) {
  const picture = place.matches("figure") ? place.querySelector("img") : null;
  const hash = place.dataset.blur;
  delete place.dataset.blur;
  if (place.matches("figure") && (!picture || picture.complete)) return;
  const found = pixels(hash);
  if (!found) return;
  const canvas = document.createElement("canvas");
  canvas.className = "blur";
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d").putImageData(new ImageData(found, SIDE), 0, 0);
  place.prepend(canvas);
  place.classList.add("blurred");
  for (const end of ["load", "error"]) picture?.addEventListener(end, () => {
    canvas.remove();
    place.classList.remove("blurred");
  }, { once: true });
}

// One plays at a time, and none out of sight; a picture in picture goes on.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const media = target.querySelector("video, audio"); // a sound itself has no box
    if (!isIntersecting && !media.paused && !media.loop && document.pictureInPictureElement !== media) media.pause();
  }
});
document.addEventListener("play", ({ target }) => {
  for (const other of document.querySelectorAll("video, audio")) if (other !== target && !other.loop) other.pause();
}, true);

const clock = (seconds) => {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole < 3600 ? parts.join(":") : `${Math.floor(whole / 3600)}:${parts.join(":")}`;
};

const SIGNS = {
  play: "M8 5v14l11-7z",
  pause: "M7 5h4v14H7zm6 0h4v14h-4z",
  sound: "M4 9v6h4l5 5V4L8 9zm12-1a5 5 0 0 1 0 8",
  muted: "M4 9v6h4l5 5V4L8 9zm11 0 6 6m0-6-6 6",
  captions: "M3 5h18v14H3zm4 9h4m2 0h4M7 11h6",
  apart: "M3 5h18v14H3zm9 6h6v5h-6z",
  full: "M4 9V4h5m6 0h5v5m0 6v5h-5M9 20H4v-5",
};
const drawn = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${SIGNS[name]}"/></svg>`;

function button(sign, label, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.innerHTML = drawn(sign);
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", press);
  return made;
}

const say = (made, sign, label) => {
  made.innerHTML = drawn(sign);
  made.setAttribute("aria-label", label);
  made.title = label;
};

function player(media) {
  if (media.closest(".player")) return;
  const isFilm = media.matches("video");
  const box = document.createElement("div");
  box.className = isFilm ? "player film" : "player";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", media.getAttribute("aria-label") || (isFilm ? t("Video") : t("Audio")));
  const art = isFilm ? null : media.parentElement?.querySelector(":scope > :is(.cover, .wave)");
  media.replaceWith(box);
  media.controls = false;
  media.preload = media.preload === "none" && !media.poster && isFilm ? "metadata" : media.preload;
  const toggle = () => (media.paused ? media.play().catch(() => {}) : media.pause());
  const play = button("play", t("Play"), toggle);
  const place = document.createElement("input");
  Object.assign(place, { type: "range", min: 0, max: 1000, value: 0, step: 1 });
  place.setAttribute("aria-label", t("Position"));
  const time = document.createElement("span");
  time.className = "time";
  const mute = button("sound", t("Mute"), () => { media.muted = !media.muted; });
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.append(play, place, time, mute);
  let captions;
  const offerCaptions = () => {
    const tracks = [...media.textTracks].filter(({ kind }) => kind === "captions" || kind === "subtitles");
    const [reads] = document.documentElement.lang.split("-");
    const track = tracks.find(({ language }) => language.split("-")[0] === reads) ?? tracks[0];
    if (!track || captions) return;
    let isOn = track.mode === "showing";
    captions = button("captions", t("Captions"), () => {
      isOn = !isOn;
      // a sound has no picture to show them on
      track.mode = isOn && isFilm ? "showing" : isOn ? "hidden" : "disabled";
      captions.setAttribute("aria-pressed", isOn);
      said?.replaceChildren();
    });
    captions.setAttribute("aria-pressed", isOn);
    mute.after(captions);
    if (isFilm) return;
    const said = document.createElement("p");
    said.className = "said";
    said.dir = "auto";
    if (track.language) said.lang = track.language;
    bar.before(said);
    track.addEventListener("cuechange", () => said.replaceChildren(...[...track.activeCues ?? []].map((cue) => cue.getCueAsHTML())));
  };
  media.textTracks.addEventListener("addtrack", offerCaptions); // of the file itself
  const whole = () => (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen?.() ?? media.webkitEnterFullscreen?.());
  if (isFilm) {
    if (document.pictureInPictureEnabled) {
      bar.append(button("apart", t("Picture in picture"), () => (
        document.pictureInPictureElement === media ? document.exitPictureInPicture() : media.requestPictureInPicture().catch(() => {})
      )));
    }
    bar.append(button("full", t("Full screen"), whole));
    media.addEventListener("click", toggle);
  }
  box.append(media, bar);
  if (art) box.prepend(art);
  // the part that was played stands over the whole
  const played = art?.matches(".wave") ? art.cloneNode(true) : null;
  if (played) {
    played.classList.add("played");
    art.after(played);
  }
  offerCaptions();

  const show = () => {
    time.textContent = Number.isFinite(media.duration) ? `${clock(media.currentTime)} / ${clock(media.duration)}` : clock(media.currentTime);
    if (media.duration) place.value = (1000 * media.currentTime) / media.duration;
    played?.style.setProperty("--at", `${place.value / 10}%`);
    place.setAttribute("aria-valuetext", time.textContent);
  };
  const go = (seconds) => { media.currentTime = Math.min(media.duration || 0, Math.max(0, seconds)); show(); };
  place.addEventListener("input", () => go((place.value / 1000) * (media.duration || 0)));
  for (const moment of ["timeupdate", "durationchange", "loadedmetadata"]) media.addEventListener(moment, show);
  for (const moment of ["play", "pause", "ended"]) media.addEventListener(moment, () => {
    say(play, media.paused ? "play" : "pause", media.paused ? t("Play") : t("Pause"));
    box.classList.toggle("playing", !media.paused);
  });
  const heard = () => say(mute, media.muted ? "muted" : "sound", media.muted ? t("Unmute") : t("Mute"));
  media.addEventListener("volumechange", heard);
  media.addEventListener("error", () => { media.controls = true; bar.remove(); });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const orders = {
      " ": () => event.target === play || toggle(), k: toggle, m: () => { media.muted = !media.muted; },
      f: () => isFilm && whole(), c: () => captions?.click(),
      ArrowLeft: () => go(media.currentTime - 5), ArrowRight: () => go(media.currentTime + 5),
      j: () => go(media.currentTime - 10), l: () => go(media.currentTime + 10),
      ArrowUp: () => { media.volume = Math.min(1, media.volume + 0.1); }, ArrowDown: () => { media.volume = Math.max(0, media.volume - 0.1); },
    };
    if (!orders[event.key] || (event.key === " " && event.target.matches("button"))) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys are others
    orders[event.key]();
  });
  show();
  heard();
  seen.observe(box);
}

export function enhance(part) {
  for (const media of part.querySelectorAll(".media video, .media audio")) player(media);
  for (const place of part.querySelectorAll("[data-blur]")) blur(place);
}
