/**
 * A map in the page's colours. Only this folder knows MapLibre; pages hand it GeoJSON and hear what was selected.
 *
 *   const map = await openMap(element, { roads, borders, style, interactive });
 *   map.set("places", collection);    // also: sweeps, positions, alerts, calls, track (a LineString and its points)
 *   map.fit(collection.features);
 *   map.onSelect((properties, coordinates) => …);
 *   map.select("alerts", id);         // by properties.id; flies there unless it is in view
 *   map.library                       // MapLibre's own Map, for a tool in this folder alone
 */
import * as maplibre from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { basemap } from "./basemap.js";
import { colours } from "./colours.js";
import { bounds } from "./graticule.js";
import { layers, SELECTABLE, SOURCES } from "./layers.js";
import { symbols } from "./symbols.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const NEAR_PX = 8;

/** @typedef {{type: string, features: any[]}} Collection */

/**
 * @param {HTMLElement} element filled by the map; it names nothing to assistive technology: give it a table beside it
 * @param {{roads?: string, borders?: string, style?: string, interactive?: boolean}} options
 */
export async function openMap(element, options = {}) {
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.append(canvas);
  await document.fonts.load('12px "Noto Naskh Arabic"', "ا").catch(() => []);
  const map = new SafeMap(canvas, options);
  await map.ready;
  return map;
}

/** The map's own words, in the language of the page. */
function words() {
  const { mapTitle, mapIn, mapOut } = document.body.dataset;
  const given = { "Map.Title": mapTitle, "NavigationControl.ZoomIn": mapIn, "NavigationControl.ZoomOut": mapOut };
  return /** @type {Record<string, string>} */ (Object.fromEntries(Object.entries(given).filter(([, word]) => word)));
}

class SafeMap {
  /** @param {HTMLElement} element @param {{roads?: string, borders?: string, style?: string, interactive?: boolean}} options */
  constructor(element, options) {
    this.options = options;
    /** @type {Record<string, Collection>} */
    this.data = Object.fromEntries(SOURCES.map((name) => [name, EMPTY]));
    /** @type {((properties: any | null, coordinates: number[] | null) => void)[]} */
    this.listeners = [];
    this.library = new maplibre.Map({
      container: element,
      style: this.#style(),
      center: [75, 0],
      zoom: 2,
      attributionControl: false,
      interactive: options.interactive !== false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      maxZoom: 20,
      locale: words(),
    });
    this.library.touchZoomRotate?.disableRotation();
    if (options.interactive !== false) {
      this.library.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-left");
      this.library.addControl(new maplibre.ScaleControl({}), "bottom-left");
      this.library.on("click", (event) => this.#clicked(event));
      this.library.on("mousemove", (event) => {
        this.library.getCanvas().style.cursor = this.#at(event.point) ? "pointer" : "";
      });
    }
    this.library.on("style.load", () => this.#dress());
    // A resize while the frame is hidden leaves a canvas of the wrong size.
    new ResizeObserver(() => this.library.resize()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.library.setStyle(this.#style()));
    /** @type {Promise<void>} */
    this.ready = new Promise((resolve) => this.library.once("style.load", () => resolve()));
  }

  #style() {
    return this.options.style || /** @type {any} */ (basemap(colours(), this.options));
  }

  /** Put symbols, sources and layers on a style that was just loaded. */
  #dress() {
    const colour = colours();
    for (const [name, image] of symbols(colour))
      if (!this.library.hasImage(name)) this.library.addImage(name, image, { pixelRatio: 2 });
    for (const name of SOURCES)
      if (!this.library.getSource(name)) this.library.addSource(name, { type: "geojson", tolerance: 0.05, data: /** @type {any} */ (this.data[name]) });
    for (const layer of layers(colour)) if (!this.library.getLayer(layer.id)) this.library.addLayer(/** @type {any} */ (layer));
  }

  /** Resolves when everything that was set is on the screen. */
  drawn() {
    return new Promise((resolve) => this.library.once("idle", resolve));
  }

  /** @param {string} name one of SOURCES @param {Collection} collection */
  set(name, collection) {
    this.data[name] = collection;
    const source = /** @type {any} */ (this.library.getSource(name));
    source?.setData(collection);
    if (this.chosen?.source === name) this.#mark();
  }

  /** @param {any[]} features @param {number} padding pixels */
  fit(features, padding = 40) {
    const box = bounds(features);
    if (box) this.library.fitBounds(box, { padding, maxZoom: 17, animate: false });
  }

  /** @param {(properties: any | null, coordinates: number[] | null) => void} listener null when nothing is selected */
  onSelect(listener) {
    this.listeners.push(listener);
  }

  /** @param {string} source @param {string} id */
  select(source, id) {
    this.chosen = { source, id };
    const found = this.#mark();
    const spot = found && bounds([found]);
    if (spot && !this.library.getBounds().contains([spot[0], spot[1]])) this.library.easeTo({ center: [spot[0], spot[1]] });
    this.#tell(found);
  }

  unselect() {
    this.chosen = undefined;
    this.set("selected", EMPTY);
    this.#tell(undefined);
  }

  #mark() {
    const found = this.data[this.chosen?.source ?? ""]?.features.find((one) => one.properties.id === this.chosen?.id);
    const point = found && found.geometry.type === "Point" ? [found] : [];
    this.set("selected", { type: "FeatureCollection", features: point });
    return found;
  }

  /** @param {any} feature */
  #tell(feature) {
    const box = feature && bounds([feature]);
    for (const listener of this.listeners) listener(feature?.properties ?? null, box ? [box[0], box[1]] : null);
  }

  /** @param {{x: number, y: number}} point */
  #at({ x, y }) {
    const box = /** @type {[[number, number], [number, number]]} */ ([
      [x - NEAR_PX, y - NEAR_PX],
      [x + NEAR_PX, y + NEAR_PX],
    ]);
    const found = this.library.queryRenderedFeatures(box, { layers: SELECTABLE.filter((id) => this.library.getLayer(id)) });
    return found.sort((a, b) => SELECTABLE.indexOf(a.layer.id) - SELECTABLE.indexOf(b.layer.id))[0];
  }

  /** @param {any} event */
  #clicked(event) {
    const found = this.#at(event.point);
    if (found) this.select(found.source, found.properties.id);
    else this.unselect();
  }
}
