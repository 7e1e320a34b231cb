/** A geometry as the corners that a hand can move: no map, no page. Every function gives a new list or geometry. */

/** @typedef {[number, number]} Corner longitude and latitude */
/** @typedef {"Point" | "LineString" | "Polygon"} Kind */

const LEAST = { Point: 1, LineString: 2, Polygon: 3 };
const DECIMALS = 1e7; // a centimetre

/** @param {{type: string, coordinates: any} | null} geometry @returns {Corner[]} a polygon's outline without its closing corner */
export function corners(geometry) {
  if (!geometry) return [];
  if (geometry.type === "Point") return [geometry.coordinates.slice(0, 2)];
  if (geometry.type === "LineString") return geometry.coordinates.map(pair);
  return geometry.coordinates[0].slice(0, -1).map(pair);
}

/** @param {number[]} position @returns {Corner} */
function pair(position) {
  return [position[0], position[1]];
}

/** @param {Kind} kind @param {Corner[]} list @returns {{type: Kind, coordinates: any} | null} null while corners are missing */
export function geometryOf(kind, list) {
  if (!isWhole(kind, list)) return null;
  const rounded = list.map(([lon, lat]) => [Math.round(lon * DECIMALS) / DECIMALS, Math.round(lat * DECIMALS) / DECIMALS]);
  if (kind === "Point") return { type: kind, coordinates: rounded[0] };
  return { type: kind, coordinates: kind === "Polygon" ? [[...rounded, rounded[0]]] : rounded };
}

/** @param {Kind} kind @param {Corner[]} list */
export function isWhole(kind, list) {
  return list.length >= LEAST[kind];
}

/** @param {Kind} kind @param {Corner[]} list @returns {{at: number, corner: Corner}[]} where a corner can be added, and as which */
export function middles(kind, list) {
  if (kind === "Point" || list.length < 2) return [];
  const ends = kind === "Polygon" && list.length > 2 ? list.length : list.length - 1;
  return Array.from({ length: ends }, (_, index) => {
    const [a, b] = [list[index], list[(index + 1) % list.length]];
    return { at: index + 1, corner: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  });
}

/** @param {Corner[]} list @param {number} at @param {Corner} corner */
export function inserted(list, at, corner) {
  return [...list.slice(0, at), corner, ...list.slice(at)];
}

/** @param {Corner[]} list @param {number} at @param {Corner} corner */
export function moved(list, at, corner) {
  return list.map((one, index) => (index === at ? corner : one));
}

/** @param {Kind} kind @param {Corner[]} list @param {number} at the list as it was where too few would be left */
export function removed(kind, list, at) {
  return list.length > LEAST[kind] ? list.filter((_, index) => index !== at) : list;
}
