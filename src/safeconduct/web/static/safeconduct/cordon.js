/** The map of a cordon: the rings of the card around a point, and the places of the sites below them. */
import { circle } from "./circle.js";
import { openMap } from "./map/map.js";
import { fetchedPlaces } from "./places.js";

const element = document.getElementById("map");
if (element) await show(element);

/** @param {HTMLElement} element */
async function show(element) {
  const { lon, lat, mandatory, preferred, sayMandatory, sayPreferred, places, roads, borders, style } = element.dataset;
  const ring = (/** @type {string | undefined} */ metres, /** @type {string} */ level, /** @type {string | undefined} */ name) => ({
    type: "Feature",
    geometry: { type: "Polygon", coordinates: [circle(Number(lon), Number(lat), Number(metres))] },
    properties: { id: level, role: "ring", ring: level, name: `${metres} m: ${name}` },
  });
  const rings = [ring(preferred, "outer", sayPreferred), ring(mandatory, "inner", sayMandatory)];
  const map = await openMap(element, { roads, borders, style });
  const known = await fetchedPlaces(places ?? "").catch(() => ({ features: [] }));
  map.set("places", { type: "FeatureCollection", features: [...known.features, ...rings] });
  const spot = { type: "Feature", geometry: { type: "Point", coordinates: [Number(lon), Number(lat)] }, properties: { id: "object", severity: "critical" } };
  map.set("alerts", { type: "FeatureCollection", features: [spot] });
  map.fit(rings);
  element.dataset.ready = "yes";
}
