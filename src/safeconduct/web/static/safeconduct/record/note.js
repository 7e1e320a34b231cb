/**
 * C2SP checkpoints in the browser: https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint. No DOM.
 *
 * @typedef {{name: string, id: string, public: Uint8Array}} VerifierKey
 * @typedef {{origin: string, size: number, root: Uint8Array}} Checkpoint
 */
import { fromBase64, joined, sha256 } from "./merkle.js";

const ED25519 = 1;
const TEXT = new TextEncoder();

/**
 * The key in a line `<name>+<key id>+<base64>`; throws where it is none, or its id is not its own.
 * @param {string} line @returns {Promise<VerifierKey>}
 */
export async function readKey(line) {
  const [name, id, ...rest] = line.trim().split("+");
  const raw = fromBase64(rest.join("+"));
  if (raw.length !== 33 || raw[0] !== ED25519) throw new Error("key type");
  const hash = await sha256(joined(TEXT.encode(`${name}\n`), raw));
  if (hex(hash.slice(0, 4)) !== id) throw new Error("key id");
  return { name, id, public: raw.slice(1) };
}

/**
 * The checkpoint of a note, once `key` is found to have signed it and to be its origin; throws otherwise.
 * @param {string} note @param {VerifierKey} key @returns {Promise<Checkpoint>}
 */
export async function openCheckpoint(note, key) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new Error("layout");
  const text = note.slice(0, end + 1);
  const signature = signatureOf(note.slice(end + 2), key);
  const imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, TEXT.encode(text)))) {
    throw new Error("signature");
  }
  return readCheckpoint(text, key.name);
}

/** @param {string} lines @param {VerifierKey} key */
function signatureOf(lines, key) {
  for (const line of lines.split("\n")) {
    const [dash, name, blob] = line.split(" ");
    if (dash !== "—" || name !== key.name || !blob) continue;
    const raw = fromBase64(blob);
    if (hex(raw.slice(0, 4)) === key.id) return raw.slice(4);
  }
  throw new Error("signature");
}

/** @param {string} text @param {string} origin @returns {Checkpoint} */
function readCheckpoint(text, origin) {
  const [name, size, root] = text.split("\n");
  if (name !== origin) throw new Error("origin");
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size)) throw new Error("size");
  const digest = fromBase64(root);
  if (digest.length !== 32) throw new Error("root");
  return { origin: name, size: Number(size), root: digest };
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
