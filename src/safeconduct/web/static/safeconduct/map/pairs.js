/**
 * Numbered points on a map that are set by pressing it and moved by dragging; with them what a camera sees, and a line
 * from each point to where its pixel falls.
 */
import { colours } from "./colours.js";
import { bounds } from "./graticule.js";

const SOURCE = "pairs";
const POINTS = "pairs-points";

/** @typedef {[number, number]} Spot lon, lat */

export class Pairs {
  /**
   * @param {any} map from openMap
   * @param {{pressed: (spot: Spot) => void, moved: (row: number, spot: Spot, isOver: boolean) => void}} heard
   */
  constructor(map, heard) {
    this.library = map.library;
    this.heard = heard;
    /** @type {any} */
    this.features = { type: "FeatureCollection", features: [] };
    this.#dress();
    this.library.on("style.load", () => this.#dress());
    this.library.doubleClickZoom.disable();
    this.library.on("click", (/** @type {any} */ event) => {
      if (!this.#at(event)) this.heard.pressed([event.lngLat.lng, event.lngLat.lat]);
    });
    for (const begin of ["mousedown", "touchstart"]) this.library.on(begin, POINTS, (/** @type {any} */ event) => this.#drag(event));
  }

  /**
   * @param {(Spot | null)[]} spots by row @param {Spot[]} sees a closed ring, or nothing
   * @param {(Spot | null)[]} found by row, where the pixel falls
   */
  set(spots, sees, found) {
    const feature = (/** @type {string} */ type, /** @type {any} */ coordinates, /** @type {object} */ properties) => ({
      type: "Feature",
      properties,
      geometry: { type, coordinates },
    });
    const off = spots.flatMap((spot, row) => (spot && found[row] ? [feature("LineString", [spot, found[row]], {})] : []));
    const points = spots.flatMap((spot, row) => (spot ? [feature("Point", spot, { row, number: row + 1 })] : []));
    const seen = sees.length > 3 ? [feature("Polygon", [sees], {})] : [];
    this.features = { type: "FeatureCollection", features: [...seen, ...off, ...points] };
    this.library.getSource(SOURCE)?.setData(this.features);
  }

  /** Shows the points, or `otherwise` where there are fewer than two. */
  fit(/** @type {any[]} */ otherwise) {
    const points = this.features.features.filter((/** @type {any} */ one) => one.geometry.type === "Point");
    const box = bounds(points.length > 1 ? points : otherwise);
    if (box) this.library.fitBounds(box, { padding: 60, maxZoom: 19.5, animate: false });
  }

  #at(/** @type {any} */ event) {
    return this.library.queryRenderedFeatures(event.point, { layers: [POINTS] })[0];
  }

  #drag(/** @type {any} */ event) {
    if (event.points && event.points.length > 1) return;
    event.preventDefault();
    const { row } = event.features[0].properties;
    const isTouch = event.type === "touchstart";
    const tell = (/** @type {any} */ next, /** @type {boolean} */ isOver) => this.heard.moved(row, [next.lngLat.lng, next.lngLat.lat], isOver);
    const move = (/** @type {any} */ next) => tell(next, false);
    this.library.on(isTouch ? "touchmove" : "mousemove", move);
    this.library.once(isTouch ? "touchend" : "mouseup", (/** @type {any} */ last) => {
      this.library.off(isTouch ? "touchmove" : "mousemove", move);
      tell(last, true);
    });
  }

  #dress() {
    if (this.library.getSource(SOURCE)) return;
    const colour = colours();
    this.library.addSource(SOURCE, { type: "geojson", data: this.features });
    const of = (/** @type {string} */ type) => ["==", ["geometry-type"], type];
    for (const layer of [
      { id: "pairs-sees", type: "fill", source: SOURCE, filter: of("Polygon"), paint: { "fill-color": colour.focus, "fill-opacity": 0.16 } },
      { id: "pairs-edge", type: "line", source: SOURCE, filter: of("Polygon"), paint: { "line-color": colour.focus, "line-width": 1.5 } },
      { id: "pairs-off", type: "line", source: SOURCE, filter: of("LineString"), paint: { "line-color": colour.critical, "line-width": 3 } },
      {
        id: POINTS,
        type: "circle",
        source: SOURCE,
        filter: of("Point"),
        paint: { "circle-radius": 9, "circle-color": colour.halo, "circle-opacity": 0.55, "circle-stroke-color": colour.focus, "circle-stroke-width": 3 },
      },
      {
        id: "pairs-numbers",
        type: "symbol",
        source: SOURCE,
        filter: of("Point"),
        layout: {
          "text-field": ["to-string", ["get", "number"]],
          "text-font": ["Noto Naskh Arabic", "sans-serif"],
          "text-size": 13,
          "text-allow-overlap": true,
          "text-ignore-placement": true,
        },
        paint: { "text-color": colour.ink, "text-halo-color": colour.halo, "text-halo-width": 1.6 },
      },
    ])
      this.library.addLayer(layer);
  }
}
