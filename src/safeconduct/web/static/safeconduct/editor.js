/** The editor of one place: the fields that its role needs, and a drawing that the coordinates' field says too. */
import { Drawing } from "./map/drawing.js";
import { openMap } from "./map/map.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("place-form"));
const role = /** @type {HTMLSelectElement | HTMLInputElement} */ (form.elements.namedItem("role"));
const field = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("geometry"));
const hint = /** @type {HTMLElement} */ (document.getElementById("draw-hint"));
const [fieldsOf, shapesOf] = ["fields-of", "shapes-of"].map((id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}"));

function showFields() {
  const wanted = ["name", "role", "geometry", ...fieldsOf[role.value]];
  for (const part of form.querySelectorAll("[data-of]"))
    part.toggleAttribute("hidden", !wanted.includes(part.getAttribute("data-of") ?? ""));
}
showFields();

const element = /** @type {HTMLElement} */ (document.getElementById("map"));
const { places, roads, borders, style, name } = element.dataset;
const map = await openMap(element, { roads, borders, style });
const answer = await fetch(places ?? "", { headers: { Accept: "application/json" } });
const around = answer.ok ? await answer.json() : { type: "FeatureCollection", features: [] };
const others = around.features.filter((/** @type {any} */ one) => one.properties.name !== name);
map.set("places", { type: "FeatureCollection", features: others });

const drawing = new Drawing(map, (geometry, isDrawing) => {
  field.value = geometry && !isDrawing ? JSON.stringify(geometry) : "";
  say(isDrawing);
});

/** @param {boolean} isDrawing */
function say(isDrawing) {
  hint.textContent = (isDrawing ? hint.dataset.drawing : hint.dataset.editing) ?? "";
  document.querySelector('[data-draw="done"]')?.toggleAttribute("hidden", !isDrawing);
}

/** Takes the field's geometry onto the map; false while it is none. */
function read() {
  try {
    const geometry = JSON.parse(field.value);
    if (!["Point", "LineString", "Polygon"].includes(geometry.type)) return false;
    drawing.set(geometry);
    say(false);
    return geometry;
  } catch {
    return false;
  }
}

const begun = read();
if (!begun) drawing.begin(shapesOf[role.value]);
map.fit(begun ? [{ geometry: begun }] : around.features, 80);
field.addEventListener("input", read);
role.addEventListener("change", () => {
  showFields();
  if (drawing.isDrawing || drawing.kind !== shapesOf[role.value]) drawing.begin(shapesOf[role.value]);
});
for (const button of document.querySelectorAll("[data-draw]"))
  button.addEventListener("click", () => {
    const what = button.getAttribute("data-draw");
    if (what === "anew") drawing.begin(shapesOf[role.value]);
    if (what === "back") drawing.takeBack();
    if (what === "done") drawing.finish();
  });
element.dataset.ready = "yes";
