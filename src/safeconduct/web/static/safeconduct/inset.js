/** The small map of an alert's page: the site's places, the alert, and the replay of its tracks where there is one. */
import { openMap } from "./map/map.js";
import { startReplay } from "./replay.js";

const AROUND_DEGREES = 0.0028;
const element = /** @type {HTMLElement} */ (document.getElementById("inset"));
const { lon, lat, alert, severity, roads, borders, style, standing, replay } = element.dataset;
const spot = [Number(lon), Number(lat)];

/** @param {string | undefined} address @returns {Promise<any>} null where there is nothing, or nothing for this reader */
async function fetched(address) {
  const answer = await fetch(address ?? "", { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

/** @param {number} east @param {number} north */
function corner(east, north) {
  const coordinates = [spot[0] + east * AROUND_DEGREES, spot[1] + north * AROUND_DEGREES];
  return { type: "Feature", geometry: { type: "Point", coordinates }, properties: {} };
}

const map = await openMap(element, { roads, borders, style });
map.set("alerts", {
  type: "FeatureCollection",
  features: [{ type: "Feature", geometry: { type: "Point", coordinates: spot }, properties: { id: alert, severity } }],
});
map.fit([corner(-1, -1), corner(1, 1)], 10);

async function draw() {
  const found = await fetched(standing);
  if (!found) return;
  map.set("places", found.places);
  map.set("sweeps", found.sweeps);
}
for (const kind of ["place", "sensor", "sweep"]) document.body.addEventListener(`sc:${kind}`, () => draw().catch(() => {}));
await draw();

if (replay) {
  const told = await fetched(replay).catch(() => null);
  document.getElementById("replay-wait")?.remove();
  if (told) startReplay(map, told);
  else document.getElementById("replay-none")?.removeAttribute("hidden");
}
