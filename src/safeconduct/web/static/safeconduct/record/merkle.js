/**
 * The Merkle tree of RFC 6962 §2.1 in the browser: hashes, inclusion and consistency proofs. No DOM.
 * Every function takes `digest`, an async SHA-256 from bytes to bytes, so that a test may bring its own.
 *
 * @typedef {(bytes: Uint8Array) => Promise<Uint8Array>} Digest
 */

/** @type {Digest} */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** @param {Uint8Array} entry @param {Digest} [digest] */
export function leafHash(entry, digest = sha256) {
  return digest(joined(Uint8Array.of(0), entry));
}

/** @param {Uint8Array} left @param {Uint8Array} right @param {Digest} [digest] */
export function nodeHash(left, right, digest = sha256) {
  return digest(joined(Uint8Array.of(1), left, right));
}

/**
 * The root that `path` leads to from the leaf at `index` in a tree of `size`, or null where the path cannot be one.
 * @param {Uint8Array} leaf @param {number} index @param {number} size @param {Uint8Array[]} path @param {Digest} [digest]
 * @returns {Promise<Uint8Array | null>}
 */
export async function rootOf(leaf, index, size, path, digest = sha256) {
  if (!(index >= 0 && index < size)) return null;
  // RFC 9162 §2.1.3.2, in arithmetic that stays exact beyond 32 bits.
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash, digest);
      while (node % 2 === 0 && node !== 0) {
        node = node / 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = await nodeHash(hash, sibling, digest);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

/**
 * Whether `path` proves that the tree of `newSize` under `newRoot` extends that of `oldSize` under `oldRoot`.
 * @param {number} oldSize @param {number} newSize @param {Uint8Array} oldRoot @param {Uint8Array} newRoot
 * @param {Uint8Array[]} path @param {Digest} [digest]
 */
export async function extendsTree(oldSize, newSize, oldRoot, newRoot, path, digest = sha256) {
  if (!(oldSize >= 0 && oldSize <= newSize)) return false;
  if (oldSize === 0) return path.length === 0;
  if (oldSize === newSize) return path.length === 0 && same(oldRoot, newRoot);
  // RFC 9162 §2.1.4.2
  const steps = isPowerOfTwo(oldSize) ? [oldRoot, ...path] : [...path];
  let node = oldSize - 1;
  let last = newSize - 1;
  while (node % 2 === 1) {
    node = (node - 1) / 2;
    last = Math.floor(last / 2);
  }
  const first = steps.shift();
  if (!first) return false;
  let before = first;
  let after = first;
  for (const step of steps) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      before = await nodeHash(step, before, digest);
      after = await nodeHash(step, after, digest);
      while (node % 2 === 0 && node !== 0) {
        node = node / 2;
        last = Math.floor(last / 2);
      }
    } else {
      after = await nodeHash(after, step, digest);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(before, oldRoot) && same(after, newRoot);
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** @param {Uint8Array[]} parts */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {string} text @returns {Uint8Array} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {number} size */
function isPowerOfTwo(size) {
  while (size % 2 === 0) size /= 2;
  return size === 1;
}
