/** The node's clock and lengths of time, without a page: an exercise may run many times as fast as life. */

/**
 * @param {number} nodeEpochMs the node's time when the page was made
 * @param {number} ownEpochMs this device's time at that moment
 * @param {number} speed node seconds a real second
 * @returns {(ownMs: number) => number} the node's time at a moment of this device, both in epoch milliseconds
 */
export function nodeClock(nodeEpochMs, ownEpochMs, speed) {
  return (ownMs) => nodeEpochMs + (ownMs - ownEpochMs) * speed;
}

/**
 * 12:05 or 1:02:05, with a minus sign below zero: the same in every language.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.round(Math.abs(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const text = hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return seconds <= -1 ? `−${text}` : text;
}
