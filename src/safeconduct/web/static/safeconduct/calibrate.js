/** The calibration of a camera: points are set in its picture and on the map; the table of pairs says the same. */
import { openMap } from "./map/map.js";
import { Pairs } from "./map/pairs.js";
import { Scene } from "./scene.js";
import { fetchedPlaces } from "./places.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("calibration"));
const body = /** @type {HTMLTableSectionElement} */ (document.getElementById("pairs"));
const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("pair-row"));
const says = /** @type {HTMLElement} */ (document.getElementById("still-says"));
const [wide, high] = ["width", "height"].map((id) => /** @type {HTMLInputElement} */ (document.getElementById(id)));
for (const part of document.querySelectorAll("[data-needs-script]")) part.removeAttribute("hidden");

/** @param {Element} row @param {string} name */
const input = (row, name) => /** @type {HTMLInputElement} */ (row.querySelector(`[name="${name}"]`));
const rows = () => [...body.rows];
/** @param {Element} row @param {string} a @param {string} b @returns {[number, number] | null} null unless both are numbers */
const both = (row, a, b) => {
  const texts = [input(row, a).value, input(row, b).value];
  return texts.every((text) => text !== "" && Number.isFinite(Number(text))) ? [Number(texts[0]), Number(texts[1])] : null;
};
/** @returns {{horizon: any, sees: any[], found: any[], off: (number | null)[]}} */
const fit = () => JSON.parse(document.getElementById("fit")?.dataset.drawn ?? '{"horizon":null,"sees":[],"found":[],"off":[]}');

function draw(isNew = false) {
  const { horizon, sees, found, off } = fit();
  const isKnown = Number(wide.value) > 0 && Number(high.value) > 0;
  if (isKnown && (scene.width !== Number(wide.value) || scene.height !== Number(high.value))) scene.size(Number(wide.value), Number(high.value));
  scene.set(rows().map((row) => both(row, "x", "y")), horizon);
  pairs?.set(rows().map((row) => both(row, "lon", "lat")), sees, isNew ? found : []);
  if (isNew) rows().forEach((row, i) => (/** @type {HTMLElement} */ (row.querySelector(".off")).textContent = off[i]?.toFixed(2) ?? "–"));
}

function number() {
  rows().forEach((row, i) => {
    const spoken = /** @type {HTMLElement} */ (row.querySelector(".pair-number"));
    const before = spoken.textContent ?? "";
    for (const field of row.querySelectorAll("[aria-label]"))
      field.setAttribute("aria-label", (field.getAttribute("aria-label") ?? "").replace(before, String(i + 1)));
    const drop = /** @type {HTMLButtonElement | null} */ (row.querySelector("[data-drop]"));
    const name = drop?.querySelector("span");
    if (drop) drop.value = `drop-${i}`;
    if (name) name.textContent = (name.textContent ?? "").replace(before, String(i + 1));
    spoken.textContent = String(i + 1);
  });
}

function added() {
  const row = /** @type {HTMLTableRowElement} */ (template?.content.querySelector("tr")?.cloneNode(true));
  body.append(row);
  number();
  return row;
}

function check() {
  form.dispatchEvent(new Event("sc:pairs"));
}

/** Puts two numbers into the first row that has none of them yet. */
function fill(/** @type {string} */ a, /** @type {string} */ b, /** @type {string[]} */ texts) {
  const row = rows().find((one) => input(one, a).value === "" && input(one, b).value === "") ?? added();
  put(row, a, b, texts);
  check();
}

function put(/** @type {Element} */ row, /** @type {string} */ a, /** @type {string} */ b, /** @type {string[]} */ texts) {
  [input(row, a).value, input(row, b).value] = texts;
  draw();
}

const degrees = (/** @type {number[]} */ spot) => spot.map((value) => value.toFixed(7));
const mayChange = template !== null;

const scene = new Scene(
  /** @type {any} */ (document.getElementById("scene")),
  mayChange
    ? {
        pressed(pixel) {
          if (!wide.value && !high.value) [wide.value, high.value] = [String(scene.width), String(scene.height)];
          fill("x", "y", pixel.map(String));
        },
        moved(row, pixel, isOver) {
          put(rows()[row], "x", "y", pixel.map(String));
          if (isOver) check();
        },
      }
    : null,
);

/** @type {Pairs | undefined} */
let pairs;
draw(true);
form.addEventListener("input", () => draw());
document.body.addEventListener("htmx:afterSwap", () => draw(true));
body.addEventListener("click", (event) => {
  const drop = /** @type {Element} */ (event.target).closest("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  const row = /** @type {HTMLTableRowElement} */ (drop.closest("tr"));
  const next = /** @type {HTMLElement | null} */ ((row.nextElementSibling ?? row.previousElementSibling)?.querySelector("[data-drop]") ?? null);
  row.remove();
  number();
  draw();
  check();
  (next ?? document.getElementById("add-pair"))?.focus();
});
document.getElementById("add-pair")?.addEventListener("click", (event) => {
  event.preventDefault();
  input(added(), "x").focus();
});

/** A still is read here alone. One of the same shape as the picture is fitted to it; it gives the size where none is known. */
document.getElementById("still")?.addEventListener("change", async (event) => {
  const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
  if (!file) return;
  const address = URL.createObjectURL(file);
  const still = new Image();
  still.src = address;
  try {
    await still.decode();
  } catch {
    says.textContent = says.dataset.none ?? "";
    return;
  }
  if (!wide.value || !high.value) [wide.value, high.value] = [String(still.naturalWidth), String(still.naturalHeight)];
  const shapes = [still.naturalWidth / still.naturalHeight, Number(wide.value) / Number(high.value)];
  says.textContent = Math.abs(shapes[0] / shapes[1] - 1) > 0.02 ? (says.dataset.other ?? "") : "";
  draw();
  scene.open(address);
  check();
});
document.getElementById("enlarge")?.addEventListener("click", (event) => {
  const isLarge = document.getElementById("calibrate")?.classList.toggle("enlarged") ?? false;
  /** @type {Element} */ (event.currentTarget).setAttribute("aria-pressed", String(isLarge));
});

const element = /** @type {HTMLElement} */ (document.getElementById("map"));
const { places, roads, borders, style, name } = element.dataset;
const map = await openMap(element, { roads, borders, style });
const around = await fetchedPlaces(places ?? "").catch(() => ({ features: [] }));
map.set("places", around);
pairs = new Pairs(map, {
  pressed: (spot) => mayChange && fill("lon", "lat", degrees(spot)),
  moved(row, spot, isOver) {
    if (!mayChange) return;
    put(rows()[row], "lon", "lat", degrees(spot));
    if (isOver) check();
  },
});
draw(true);
pairs.fit(around.features.filter((/** @type {any} */ one) => one.properties.name === name));
element.dataset.ready = "yes";
