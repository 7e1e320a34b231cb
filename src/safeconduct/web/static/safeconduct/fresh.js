/** Which alarms are new since the last look. Without a page. */

const ALARMS = new Set(["alert", "critical"]);

/**
 * Answers a function that takes what stands now and gives the ids of alarms that did not stand as alarms before: those
 * raised since, and notices that became alarms. One that left and came back is not new.
 * @param {{id: string, severity: string}[]} standing
 * @returns {(now: {id: string, severity: string}[]) => string[]}
 */
export function fresh(standing) {
  const known = new Set(standing.filter((one) => ALARMS.has(one.severity)).map((one) => one.id));
  return (now) => {
    const found = now.filter((one) => ALARMS.has(one.severity) && !known.has(one.id)).map((one) => one.id);
    for (const id of found) known.add(id);
    return found;
  };
}
