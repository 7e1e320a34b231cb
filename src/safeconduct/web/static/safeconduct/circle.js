/** A circle on the ground and the points of stays, as GeoJSON, without a page or a map. */

const METRES_PER_DEGREE = 111194.93;
const CORNERS = 72;

/**
 * A closed line `radius` metres around a point.
 * @param {number} lon @param {number} lat @param {number} radius
 * @returns {number[][]}
 */
export function circle(lon, lat, radius) {
  const north = radius / METRES_PER_DEGREE;
  const east = north / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const turn = (2 * Math.PI * (i % CORNERS)) / CORNERS;
    return [lon + east * Math.sin(turn), lat + north * Math.cos(turn)];
  });
}

/**
 * The stays of a table's rows as points; a row without a position has none.
 * @param {Record<string, string | undefined>[]} rows
 */
export function numbered(rows) {
  return rows
    .filter((row) => row.lon && row.lat)
    .map((row) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [Number(row.lon), Number(row.lat)] },
      properties: { id: row.number, state: "idle" },
    }));
}
