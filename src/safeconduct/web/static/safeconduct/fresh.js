/** Which alarms are new since the last look. Without a page. */

const ALARMS = new Set(["alert", "critical"]);

/**
 * @typedef {object} Standing an alert or a group as the page shows it
 * @property {string} id
 * @property {string} severity of an alert by itself; "folded" within a group; "group" for a group; else no alarm
 * @property {number} [raised] epoch milliseconds; of a group, its newest alarm's
 */

/**
 * Answers a function that takes what stands now and gives the ids of alarms that did not stand as alarms before: those
 * raised since, notices that became alarms, and what came back from a shelf; and of groups with a newer alarm than any
 * before. One that left and came back is not new, and neither is an older one that there is room for only now.
 * @param {Standing[]} standing
 * @returns {(now: Standing[]) => string[]}
 */
export function fresh(standing) {
  /** @type {Map<string, boolean>} whether it stood as an alarm */
  const known = new Map();
  let newest = 0;

  /** @param {Standing} one */
  function isNew(one) {
    if (one.severity === "group") return (one.raised ?? 0) > newest;
    if (known.has(one.id)) return !known.get(one.id);
    return one.severity !== "folded" && (one.severity === "critical" || (one.raised ?? Infinity) > newest);
  }

  /** @param {Standing[]} now */
  function look(now) {
    const isAlarm = (/** @type {Standing} */ one) => ALARMS.has(one.severity) || one.severity === "folded";
    const found = now.filter((one) => (isAlarm(one) || one.severity === "group") && isNew(one)).map((one) => one.id);
    for (const one of now) {
      if (one.severity !== "group") known.set(one.id, isAlarm(one));
      if (isAlarm(one) || one.severity === "group") newest = Math.max(newest, one.raised ?? 0);
    }
    return found;
  }

  look(standing);
  return look;
}
