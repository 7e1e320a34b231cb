/** The picture of a camera with numbered points, in the pixels that its feed measures; a grid where no still is open. */

const SVG = "http://www.w3.org/2000/svg";
const RADIUS_PX = 9;
const GRID = 8;

/** @typedef {[number, number]} Pixel */

/** @param {string} name @param {Record<string, string | number>} attributes */
function drawn(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

export class Scene {
  /**
   * @param {SVGSVGElement} element
   * @param {{pressed: (pixel: Pixel) => void, moved: (row: number, pixel: Pixel, isOver: boolean) => void} | null} heard
   *   null where nothing may be set
   */
  constructor(element, heard) {
    this.element = element;
    [this.width, this.height] = [1280, 720];
    /** @type {(Pixel | null)[]} */
    this.pixels = [];
    /** @type {[Pixel, Pixel] | null} */
    this.horizon = null;
    this.still = "";
    new ResizeObserver(() => this.#show()).observe(element);
    if (!heard) return;
    this.heard = heard;
    element.classList.add("settable");
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("click", (event) => {
      if (!(/** @type {Element} */ (event.target).closest(".spot"))) heard.pressed(this.#pixel(event));
    });
  }

  /** @param {number} width @param {number} height of the picture as the feed measures it */
  size(width, height) {
    [this.width, this.height] = [width, height];
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#show();
  }

  /** @param {string} address of a picture, or nothing for a grid */
  open(address) {
    if (this.still) URL.revokeObjectURL(this.still);
    this.still = address;
    this.#show();
  }

  /** @param {(Pixel | null)[]} pixels by row @param {[Pixel, Pixel] | null} horizon */
  set(pixels, horizon) {
    [this.pixels, this.horizon] = [pixels, horizon];
    this.#show();
  }

  /** @param {MouseEvent} event @returns {Pixel} */
  #pixel(event) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.round(Math.min(most, Math.max(0, value)) * 10) / 10;
    return [
      within(((event.clientX - left) / width) * this.width, this.width),
      within(((event.clientY - top) / height) * this.height, this.height),
    ];
  }

  #down(/** @type {PointerEvent} */ event) {
    const spot = /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest(".spot"));
    if (!spot) return;
    event.preventDefault();
    const row = Number(spot.dataset.row);
    const move = (/** @type {PointerEvent} */ next) => this.heard?.moved(row, this.#pixel(next), false);
    document.addEventListener("pointermove", move);
    document.addEventListener(
      "pointerup",
      (last) => {
        document.removeEventListener("pointermove", move);
        this.heard?.moved(row, this.#pixel(last), true);
      },
      { once: true },
    );
  }

  #show() {
    const scale = this.width / (this.element.getBoundingClientRect().width || this.width);
    const { width, height } = this;
    const ground = this.still ? [drawn("image", { href: this.still, width, height, preserveAspectRatio: "none" })] : this.#grid();
    const [from, to] = this.horizon ?? [];
    const line = from && to ? [drawn("line", { class: "horizon", x1: from[0], y1: from[1], x2: to[0], y2: to[1] })] : [];
    const spots = this.pixels.flatMap((pixel, row) => (pixel ? [this.#spot(pixel, row, scale)] : []));
    this.element.replaceChildren(...ground, ...line, ...spots);
  }

  #grid() {
    const step = (/** @type {number} */ i) => [(this.width * i) / GRID, (this.height * i) / GRID];
    return Array.from({ length: GRID - 1 }, (_, i) => step(i + 1)).flatMap(([x, y]) => [
      drawn("line", { class: "grid", x1: x, y1: 0, x2: x, y2: this.height }),
      drawn("line", { class: "grid", x1: 0, y1: y, x2: this.width, y2: y }),
    ]);
  }

  #spot(/** @type {Pixel} */ [x, y], /** @type {number} */ row, /** @type {number} */ scale) {
    const group = drawn("g", { class: "spot", "data-row": row });
    const label = drawn("text", { x: x + 1.4 * RADIUS_PX * scale, y: y - 0.6 * RADIUS_PX * scale, "font-size": 15 * scale });
    label.textContent = String(row + 1);
    group.append(drawn("circle", { cx: x, cy: y, r: RADIUS_PX * scale }), drawn("circle", { class: "dot", cx: x, cy: y, r: 2 * scale }), label);
    return group;
  }
}
