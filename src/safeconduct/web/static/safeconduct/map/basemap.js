/** The shipped basemap: land (Natural Earth), a graticule, and the roads that the node brings. No borders by itself. */
import { graticule } from "./graticule.js";

const LAND = new URL("../../vendor/world-atlas/land.json", import.meta.url).href;
const EMPTY = { type: "FeatureCollection", features: [] };

/**
 * @param {import("./colours.js").Colours} colour
 * @param {{roads?: string, borders?: string}} addresses of the node's own layers
 */
export function basemap(colour, { roads, borders }) {
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: LAND },
      graticule: { type: "geojson", data: graticule(10, [-180, -80, 180, 80]) },
      roads: { type: "geojson", data: roads || EMPTY },
      borders: { type: "geojson", data: borders || EMPTY },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": colour.water } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": colour.land } },
      { id: "shore", type: "line", source: "land", paint: { "line-color": colour.edge, "line-width": 0.7 } },
      { id: "graticule", type: "line", source: "graticule", paint: { "line-color": colour.grid, "line-width": 0.6 } },
      { id: "borders", type: "line", source: "borders", paint: { "line-color": colour.edge, "line-width": 1, "line-dasharray": [3, 2] } },
      {
        id: "grounds",
        type: "fill",
        source: "roads",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": colour.building, "fill-outline-color": colour.edge },
      },
      road("edges", ["!=", ["get", "class"], "runway"], colour.edge, 1.35),
      road("roads", ["!=", ["get", "class"], "runway"], colour.road, 1),
      road("runways", ["==", ["get", "class"], "runway"], colour.edge, 4),
    ],
  };
}

/**
 * @param {string} id
 * @param {unknown} only
 * @param {string} colour
 * @param {number} times
 */
function road(id, only, colour, times) {
  const wide = ["match", ["get", "class"], "ring_road", 1.5, "approach", 1.3, 1];
  return {
    id,
    type: "line",
    source: "roads",
    filter: ["all", ["==", ["geometry-type"], "LineString"], only],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": colour,
      "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 0.6 * times, 14, ["*", wide, 3 * times], 18, ["*", wide, 16 * times]],
    },
  };
}
