/** Lines of equal longitude and latitude, without a page or a map. */

/**
 * @param {number} stepDegrees
 * @param {[number, number, number, number]} box west, south, east, north in degrees
 */
export function graticule(stepDegrees, [west, south, east, north]) {
  const features = [];
  const first = (/** @type {number} */ from) => Math.ceil(from / stepDegrees - 1e-9);
  const last = (/** @type {number} */ to) => Math.floor(to / stepDegrees + 1e-9);
  for (let n = first(west); n <= last(east); n++) features.push(line([n * stepDegrees, south], [n * stepDegrees, north]));
  for (let n = first(south); n <= last(north); n++) features.push(line([west, n * stepDegrees], [east, n * stepDegrees]));
  return { type: "FeatureCollection", features };
}

/** @param {number[][]} coordinates */
function line(...coordinates) {
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } };
}

/**
 * The smallest box around the coordinates of GeoJSON features, or null where there are none.
 * @param {Iterable<{geometry: {coordinates: any} | null}>} features
 * @returns {[number, number, number, number] | null}
 */
export function bounds(features) {
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (/** @type {any} */ part) => {
    if (typeof part[0] !== "number") return part.forEach(take);
    const [lon, lat] = part;
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  };
  for (const { geometry } of features) if (geometry) take(geometry.coordinates);
  return box[0] === Infinity ? null : box;
}
