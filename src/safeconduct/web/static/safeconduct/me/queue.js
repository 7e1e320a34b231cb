/**
 * What waits on the phone to be sent: check-ins, words from a journey and calls for help, each with the id that the phone made for it, so that
 * the node takes it once however often it arrives. Without DOM and storage; `keep.js` keeps it, `send.js` sends it.
 */

/**
 * @typedef {"check-in" | "journeys/say" | "sos" | "sos/move"} Kind
 * @typedef {{ id: string, kind: Kind, at: string, fields: Record<string, string>, tries: number, notBefore: number, stuck: "" | "pin" | "refused" }} Item
 */

const URGENT = /** @type {ReadonlyArray<Kind>} */ (["sos", "sos/move"]);
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 120_000;
const LONGEST_URGENT_PAUSE_MS = 10_000;
const KEPT_MS = 7 * 86_400_000;

/** A UUIDv7. Source: RFC 9562, section 5.7. @param {number} now epoch milliseconds @param {Uint8Array} random 10 bytes */
export function newId(now, random = crypto.getRandomValues(new Uint8Array(10))) {
  const bytes = new Uint8Array(16);
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
  bytes.set(random, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Kind} kind @param {Record<string, string>} fields @param {number} now @returns {Item} */
export function item(kind, fields, now, id = newId(now)) {
  return { id, kind, at: new Date(now).toISOString(), fields, tries: 0, notBefore: 0, stuck: "" };
}

/**
 * `items` with one more. The same id is there once, and only the latest place of the phone is worth sending.
 * @param {readonly Item[]} items @param {Item} fresh @returns {Item[]}
 */
export function add(items, fresh) {
  const others = items.filter((one) => one.id !== fresh.id && !isOutdated(one, fresh));
  return [...others, fresh];
}

/** @param {Item} one @param {Item} fresh */
function isOutdated(one, fresh) {
  return one.kind === "sos/move" && fresh.kind === "sos/move";
}

/**
 * The one to send now, or null: what is urgent before everything else, each in the order in which it was made. The
 * place of an SOS waits for it.
 * @param {readonly Item[]} items @param {number} now @returns {Item | null}
 */
export function due(items, now) {
  const isRaised = items.some((one) => one.kind === "sos");
  const ready = items.filter((one) => !one.stuck && one.notBefore <= now && !(isRaised && one.kind === "sos/move"));
  return ready.find((one) => URGENT.includes(one.kind)) ?? ready[0] ?? null;
}

/** When to look again, or null where nothing waits. @param {readonly Item[]} items @returns {number | null} */
export function nextAt(items) {
  const times = items.filter((one) => !one.stuck).map((one) => one.notBefore);
  return times.length ? Math.min(...times) : null;
}

/**
 * `items` after the node answered `status` for the one with `id`; 0 where there was no answer.
 *
 * Taken: gone, and so is the place of a call that is over. 401: this phone is not known any more, and nothing changes
 * until it is. 403: the PIN is wrong or missing, and the person is asked. Other refusals stay, for the person to see.
 * @param {readonly Item[]} items @param {string} id @param {number} status @param {number} now @returns {Item[]}
 */
export function settle(items, id, status, now) {
  const isOver = (/** @type {Item} */ one) =>
    (status >= 200 && status < 300) || (one.kind === "sos/move" && status >= 400 && status < 500 && status !== 401 && status !== 429);
  return items.flatMap((one) => {
    if (one.id !== id) return [one];
    if (isOver(one)) return [];
    if (status === 403) return [{ ...one, stuck: /** @type {const} */ ("pin") }];
    if (status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status))
      return [{ ...one, stuck: /** @type {const} */ ("refused") }];
    return [{ ...one, tries: one.tries + 1, notBefore: now + pauseMs(one) }];
  });
}

/** @param {Item} one */
function pauseMs(one) {
  const longest = URGENT.includes(one.kind) ? LONGEST_URGENT_PAUSE_MS : LONGEST_PAUSE_MS;
  return Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(one.tries, 10));
}

/** `items` with other fields for one, which is tried again at once. @param {readonly Item[]} items @param {string} id @param {Record<string, string>} fields */
export function amend(items, id, fields) {
  return items.map((one) => (one.id === id ? { ...one, fields: { ...one.fields, ...fields }, stuck: /** @type {const} */ (""), notBefore: 0 } : one));
}

/** Without what nobody would believe any more; an SOS is never given up. @param {readonly Item[]} items @param {number} now */
export function fresh(items, now) {
  return items.filter((one) => one.kind === "sos" || now - Date.parse(one.at) < KEPT_MS);
}

/** All wait no longer: the network is back. @param {readonly Item[]} items */
export function atOnce(items) {
  return items.map((one) => ({ ...one, notBefore: 0 }));
}

/**
 * What the person is told; `pins` are those that want one. A silent SOS is told of nowhere.
 * @param {readonly Item[]} items @returns {{ waiting: number, sos: boolean, pins: Item[], refused: number }}
 */
export function told(items) {
  const open = items.filter((one) => one.fields.silent !== "1" && !one.kind.startsWith("sos/"));
  return {
    waiting: open.filter((one) => one.kind !== "sos" && !one.stuck).length,
    sos: open.some((one) => one.kind === "sos"),
    pins: open.filter((one) => one.stuck === "pin"),
    refused: open.filter((one) => one.stuck === "refused").length,
  };
}
