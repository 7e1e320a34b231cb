/**
 * Draws or changes one geometry on a map. Corners are dragged, small dots between them become corners when dragged,
 * a double press takes one away; a new shape is set corner by corner and ends on its first corner.
 */
import { colours } from "./colours.js";
import { corners, geometryOf, inserted, isWhole, middles, moved, removed } from "./shape.js";

const SOURCE = "drawing";
const CORNER = "drawing-corners";
const MIDDLE = "drawing-middles";

/** @typedef {import("./shape.js").Kind} Kind */

export class Drawing {
  /**
   * @param {any} map from openMap
   * @param {(geometry: any | null, isDrawing: boolean) => void} changed
   */
  constructor(map, changed) {
    this.library = map.library;
    this.changed = changed;
    /** @type {Kind} */
    this.kind = "Point";
    /** @type {import("./shape.js").Corner[]} */
    this.list = [];
    this.isDrawing = false;
    this.#dress();
    this.library.on("style.load", () => this.#dress());
    this.library.doubleClickZoom.disable();
    this.library.on("click", (/** @type {any} */ event) => this.#pressed(event));
    this.library.on("dblclick", CORNER, (/** @type {any} */ event) => this.#takeAway(event));
    for (const layer of [CORNER, MIDDLE])
      for (const begin of ["mousedown", "touchstart"]) this.library.on(begin, layer, (/** @type {any} */ event) => this.#drag(event));
  }

  /** Show `geometry` to be changed. */
  set(/** @type {any} */ geometry) {
    this.kind = geometry.type;
    this.list = corners(geometry);
    this.isDrawing = false;
    this.#show();
  }

  /** Begin a new shape. */
  begin(/** @type {Kind} */ kind) {
    this.kind = kind;
    this.list = [];
    this.isDrawing = true;
    this.#tell();
  }

  finish() {
    if (!isWhole(this.kind, this.list)) return;
    this.isDrawing = false;
    this.#tell();
  }

  takeBack() {
    this.list = this.isDrawing ? this.list.slice(0, -1) : removed(this.kind, this.list, this.list.length - 1);
    this.#tell();
  }

  #pressed(/** @type {any} */ event) {
    if (!this.isDrawing) return;
    const hit = this.library.queryRenderedFeatures(event.point, { layers: [CORNER] })[0];
    if (hit && hit.properties.at === 0 && isWhole(this.kind, this.list)) return this.finish();
    this.list = [...this.list, [event.lngLat.lng, event.lngLat.lat]];
    if (this.kind === "Point") this.isDrawing = false;
    this.#tell();
  }

  #takeAway(/** @type {any} */ event) {
    event.preventDefault();
    if (this.isDrawing) return;
    this.list = removed(this.kind, this.list, event.features[0].properties.at);
    this.#tell();
  }

  #drag(/** @type {any} */ event) {
    if (this.isDrawing || (event.points && event.points.length > 1)) return;
    event.preventDefault();
    const { at, isMiddle } = event.features[0].properties;
    if (isMiddle) this.list = inserted(this.list, at, [event.lngLat.lng, event.lngLat.lat]);
    const move = (/** @type {any} */ next) => {
      this.list = moved(this.list, at, [next.lngLat.lng, next.lngLat.lat]);
      this.#show();
    };
    const isTouch = event.type === "touchstart";
    this.library.on(isTouch ? "touchmove" : "mousemove", move);
    this.library.once(isTouch ? "touchend" : "mouseup", () => {
      this.library.off(isTouch ? "touchmove" : "mousemove", move);
      this.#tell();
    });
  }

  #tell() {
    this.#show();
    this.changed(geometryOf(this.kind, this.list), this.isDrawing);
  }

  #show() {
    this.library.getSource(SOURCE)?.setData(this.#features());
  }

  #features() {
    const point = (/** @type {any} */ coordinates, /** @type {object} */ properties) => ({
      type: "Feature",
      properties,
      geometry: { type: "Point", coordinates },
    });
    const whole = this.isDrawing ? null : geometryOf(this.kind, this.list);
    const trail = this.list.length > 1 ? { type: "LineString", coordinates: this.list } : null;
    const shape = whole ?? trail;
    const between = this.isDrawing ? [] : middles(this.kind, this.list);
    return {
      type: "FeatureCollection",
      features: [
        ...(shape ? [{ type: "Feature", properties: {}, geometry: shape }] : []),
        ...between.map(({ at, corner }) => point(corner, { at, isMiddle: true })),
        ...this.list.map((corner, at) => point(corner, { at, isMiddle: false })),
      ],
    };
  }

  #dress() {
    const colour = colours();
    if (this.library.getSource(SOURCE)) return;
    this.library.addSource(SOURCE, { type: "geojson", data: this.#features() });
    const isPoint = ["==", ["geometry-type"], "Point"];
    const dot = (/** @type {string} */ id, /** @type {boolean} */ isMiddle, /** @type {number} */ radius) => ({
      id,
      type: "circle",
      source: SOURCE,
      filter: ["all", isPoint, ["==", ["get", "isMiddle"], isMiddle]],
      paint: {
        "circle-radius": radius,
        "circle-color": isMiddle ? colour.focus : colour.halo,
        "circle-stroke-color": colour.focus,
        "circle-stroke-width": isMiddle ? 0 : 3,
      },
    });
    for (const layer of [
      { id: "drawing-area", type: "fill", source: SOURCE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour.focus, "fill-opacity": 0.12 } },
      { id: "drawing-edge", type: "line", source: SOURCE, filter: ["!", isPoint], paint: { "line-color": colour.focus, "line-width": 3 } },
      dot(MIDDLE, true, 5),
      dot(CORNER, false, 7),
    ])
      this.library.addLayer(layer);
  }
}
