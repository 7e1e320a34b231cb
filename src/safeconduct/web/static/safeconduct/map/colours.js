/** The page's colours for the map, from css/tokens.css. */

const NAMES = {
  water: "--map-water",
  land: "--map-land",
  road: "--map-road",
  edge: "--map-edge",
  building: "--map-building",
  grid: "--map-grid",
  ink: "--ink",
  soft: "--ink-soft",
  halo: "--map-halo",
  ring: "--map-ring",
  critical: "--critical",
  alert: "--alert",
  notice: "--notice",
  good: "--good",
  unknown: "--unknown",
  own: "--map-own",
  vehicle: "--map-vehicle",
  focus: "--focus",
};

/** @typedef {Record<keyof typeof NAMES, string>} Colours */

/** @returns {Colours} */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return /** @type {Colours} */ (
    Object.fromEntries(Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(property).trim()]))
  );
}
