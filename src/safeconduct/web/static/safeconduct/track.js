/** Tracks of one alert as they were at a moment of its replay, without a page or a map. */

/** A track that has shown nothing for this long is out of sight. */
export const LOST_S = 10;

/** @typedef {[number, number, number, string]} Point seconds since the replay's beginning, lon, lat, state */
/** @typedef {{track: string, points: Point[]}} Track points are ordered by time */

/**
 * The number of points of `points` up to `at`.
 * @param {Point[]} points @param {number} at seconds
 */
export function countUntil(points, at) {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The lines that tracks have drawn up to `at`; a gap of sight breaks a line.
 * @param {Track[]} tracks @param {number} at
 */
export function lines(tracks, at) {
  /** @type {number[][][]} */
  const found = [];
  for (const { points } of tracks) {
    /** @type {number[][]} */
    let line = [];
    for (let i = 0, n = countUntil(points, at); i < n; i++) {
      if (line.length && points[i][0] - points[i - 1][0] > LOST_S) {
        found.push(line);
        line = [];
      }
      line.push([points[i][1], points[i][2]]);
    }
    found.push(line);
  }
  return found.filter((line) => line.length > 1);
}

/**
 * Where the vehicle is at `at`: as its freshest track shows it, or unseen where that was last. Null before the first.
 * @param {Track[]} tracks @param {number} at
 * @returns {{lon: number, lat: number, state: string, track: string} | null}
 */
export function whereabouts(tracks, at) {
  /** @type {{point: Point, track: string} | null} */
  let last = null;
  for (const { track, points } of tracks) {
    const n = countUntil(points, at);
    if (n && (!last || points[n - 1][0] >= last.point[0])) last = { point: points[n - 1], track };
  }
  if (!last) return null;
  const [seen, lon, lat, state] = last.point;
  return { lon, lat, state: at - seen > LOST_S ? "unseen" : state, track: last.track };
}
