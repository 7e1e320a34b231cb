/** The map of an answer of the archive: the circle that was asked about, and the stays of the table beside it. */
import { openMap } from "./map/map.js";
import { circle, numbered } from "./circle.js";

const element = document.getElementById("answer-map");

/** @param {HTMLElement} element */
async function show(element) {
  const { lon, lat, radius, roads, borders, style, standing } = element.dataset;
  const ring = circle(Number(lon), Number(lat), Number(radius));
  const map = await openMap(element, { roads, borders, style });
  const rows = [...document.querySelectorAll("tr.stay")].map((row) => /** @type {HTMLElement} */ (row).dataset);
  map.set("track", { type: "FeatureCollection", features: [{ type: "Feature", geometry: { type: "LineString", coordinates: ring }, properties: {} }] });
  map.set("positions", { type: "FeatureCollection", features: numbered(rows) });
  map.fit(
    ring.map((coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: {} })),
    10,
  );
  const answer = await fetch(standing ?? "", { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  map.set("places", (await answer.json()).places);
}

if (element) await show(element);
