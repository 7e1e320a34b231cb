/** The map of a site: its places, kept up to date; one that is pressed opens to be changed by those who may. */
import { openMap } from "./map/map.js";
import { fetchedPlaces } from "./places.js";

const element = /** @type {HTMLElement} */ (document.getElementById("map"));
const { places, edit, roads, borders, style } = element.dataset;
const map = await openMap(element, { roads, borders, style });

async function draw() {
  map.set("places", await fetchedPlaces(places ?? ""));
}

if (edit)
  map.onSelect((properties) => {
    if (properties?.name) location.href = `${edit}?name=${encodeURIComponent(properties.name)}`;
  });
for (const kind of ["place", "post", "sensor"])
  document.body.addEventListener(`sc:${kind}`, () => draw().catch(() => {}));
await draw();
map.fit(map.data.places.features);
element.dataset.ready = "yes";
