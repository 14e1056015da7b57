// Which part of a new avatar or header is shown: drag or pinch the picture behind its frame, scroll, slide or use keys.
// The server cuts it; without scripts it takes the middle.

import { t } from "../site.js";

const MOST = 6, STEP = 0.04;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

class Cropper {
  constructor(input) {
    this.input = input;
    this.shape = input.dataset.crop.split(":").reduce((width, height) => width / height);
    this.fingers = new Map();
    this.field = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}_crop` });
    this.box = document.createElement("div");
    this.box.className = "crop";
    this.box.hidden = true;
    const id = `${input.id}_crop`;
    this.box.innerHTML = `
      <div class="crop-frame" tabindex="0" role="group" aria-describedby="${id}_help"><img alt="" draggable="false"></div>
      <label><span>${t("Zoom")}</span><input type="range" min="1" max="${MOST}" step="any" value="1"></label>
      <p class="hint" id="${id}_help">${t("Drag the picture, or click on what should be in the middle. With the keyboard: arrow keys move it, plus and minus zoom.")}</p>`;
    this.frame = this.box.querySelector(".crop-frame");
    this.frame.ariaLabel = t("Visible part of the picture");
    this.frame.style.aspectRatio = this.shape;
    this.picture = this.box.querySelector("img");
    this.slider = this.box.querySelector("[type=range]");
    input.after(this.box, this.field);
    this.picture.addEventListener("load", () => this.begin());
    // not every browser reads every format that the server does
    this.picture.addEventListener("error", () => { this.box.hidden = true; });
    this.slider.addEventListener("input", () => this.zoom(+this.slider.value));
    this.frame.addEventListener("keydown", (event) => this.press(event));
    this.frame.addEventListener("wheel", (event) => this.scroll(event), { passive: false });
    this.frame.addEventListener("pointerdown", (event) => this.down(event));
    this.frame.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, (event) => this.up(event));
    input.addEventListener("change", () => this.choose());
    this.choose();
  }

  choose() {
    const [file] = this.input.files;
    this.box.hidden = true;
    this.field.value = "";
    URL.revokeObjectURL(this.picture.src);
    if (file) this.picture.src = URL.createObjectURL(file);
  }

  begin() {
    const { naturalWidth: width, naturalHeight: height } = this.picture;
    // the largest part of this shape, in parts of the picture
    this.most = width > height * this.shape ? [(height * this.shape) / width, 1] : [1, width / this.shape / height];
    this.middle = [0.5, 0.5];
    this.scale = 1;
    this.box.hidden = false;
    this.show();
  }

  get size() { return this.most.map((side) => side / this.scale); }

  // in parts of the frame: `point`, from its middle, stays where it is, and all moves by `way`
  zoom(scale, point = [0, 0], way = [0, 0]) {
    const before = this.size;
    this.scale = clamp(scale, 1, MOST);
    const now = this.size;
    this.middle = this.middle.map((at, side) => at + way[side] * before[side] + point[side] * (before[side] - now[side]));
    this.show();
  }

  show() {
    const size = this.size;
    this.middle = this.middle.map((at, side) => clamp(at, size[side] / 2, 1 - size[side] / 2));
    const start = this.middle.map((at, side) => at - size[side] / 2);
    Object.assign(this.picture.style, {
      width: `${100 / size[0]}%`,
      height: `${100 / size[1]}%`,
      left: `${(-100 * start[0]) / size[0]}%`,
      top: `${(-100 * start[1]) / size[1]}%`,
    });
    this.slider.value = this.scale;
    this.slider.ariaValueText = `${Math.round(this.scale * 100)} %`;
    this.field.value = [...start, ...size].map((part) => part.toFixed(5)).join(",");
  }

  press(event) {
    const way = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    const factor = { "+": 1.1, "=": 1.1, "-": 1 / 1.1 }[event.key];
    if (event.target !== this.frame || event.ctrlKey || event.metaKey || event.altKey || !(way || factor)) return;
    event.preventDefault();
    event.stopPropagation();
    this.zoom(this.scale * (factor ?? 1), [0, 0], way);
  }

  // the page scrolls on until somebody turns to the picture
  scroll(event) {
    if (document.activeElement !== this.frame && !event.ctrlKey) return;
    event.preventDefault();
    this.zoom(this.scale * Math.exp(-event.deltaY / 400), this.place(event));
  }

  place({ clientX, clientY }) {
    const box = this.frame.getBoundingClientRect();
    return [(clientX - box.left) / box.width - 0.5, (clientY - box.top) / box.height - 0.5];
  }

  down(event) {
    if (event.button) return;
    this.frame.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, event);
    this.moved = this.fingers.size > 1;
    this.start = [event.clientX, event.clientY];
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    if (Math.hypot(event.clientX - this.start[0], event.clientY - this.start[1]) > 4) this.moved = true;
    const fingers = [...this.fingers.values()];
    this.fingers.set(event.pointerId, event);
    if (!this.moved) return;
    const { width, height } = this.frame.getBoundingClientRect();
    const share = fingers.length;
    const way = [(before.clientX - event.clientX) / width / share, (before.clientY - event.clientY) / height / share];
    if (share !== 2) return this.zoom(this.scale, [0, 0], way);
    const apart = ([a, b]) => Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
    const now = [...this.fingers.values()], [one, other] = now.map((finger) => this.place(finger));
    this.zoom((this.scale * apart(now)) / apart(fingers), one.map((at, side) => (at + other[side]) / 2), way);
  }

  up(event) {
    if (this.fingers.delete(event.pointerId) && !this.moved && event.type === "pointerup") this.zoom(this.scale, [0, 0], this.place(event));
  }
}

for (const input of document.querySelectorAll("input[type=file][data-crop]")) new Cropper(input);
