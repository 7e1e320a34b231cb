/**
 * Seals a PIN to the node, so that one that waits on the phone can be read by nobody who finds the phone. The id of its
 * check-in is sealed in with it: it is good for that one alone.
 * Source: ECIES after SEC 1, section 5.1, with P-256, HKDF-SHA-256 (RFC 5869) and AES-128-GCM.
 */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const INFO = new TextEncoder().encode("safeconduct pin");
const LENGTH = 16;

/** @param {string} text base64url @returns {Uint8Array} */
function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}

/** @param {Uint8Array} raw */
function base64url(raw) {
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Whether this browser can: it does so on safe addresses alone. */
export function canSeal() {
  return Boolean(globalThis.crypto?.subtle);
}

/**
 * @param {string} pin @param {string} id of its check-in @param {string} key the node's, an uncompressed point, base64url
 * @returns {Promise<string>} base64url: the point (65 bytes), then the text and its tag
 */
export async function seal(pin, id, key) {
  const { subtle } = crypto;
  const theirs = await subtle.importKey("raw", bytes(key), CURVE, false, []);
  const mine = await subtle.generateKey(CURVE, true, ["deriveBits"]);
  const point = new Uint8Array(await subtle.exportKey("raw", mine.publicKey));
  const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
  const stem = await subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
  const made = new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: point, info: INFO }, stem, 224));
  const sealing = await subtle.importKey("raw", made.slice(0, 16), "AES-GCM", false, ["encrypt"]);
  // Every PIN is as long: the length of a sealed one tells nothing.
  const text = new TextEncoder().encode(pin.slice(0, LENGTH).padEnd(LENGTH));
  const how = { name: "AES-GCM", iv: made.slice(16), additionalData: new TextEncoder().encode(id) };
  const sealed = new Uint8Array(await subtle.encrypt(how, sealing, text));
  return base64url(new Uint8Array([...point, ...sealed]));
}
