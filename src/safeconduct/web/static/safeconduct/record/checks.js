/**
 * What is checked about a record without the server's word, in order. No DOM: fetching and keeping are handed in.
 *
 * Each check ends `good`, `bad` or `unknown` (could not be told). The browser keeps the last checkpoint that it found
 * good, and the key that signed it: a record that no longer extends it was rolled back or rewritten.
 *
 * @typedef {{key: string, note: string, size: number, root: string}} Kept
 * @typedef {{get: (path: string) => Promise<any>, kept: () => Kept | null, keep: (kept: Kept) => void,
 *            report: (check: string, state: string, why?: string) => void}} Means
 */
import { extendsTree, fromBase64, leafHash, rootOf, same, toBase64 } from "./merkle.js";
import { openCheckpoint, readKey } from "./note.js";

/**
 * Checks the newest checkpoint, and under it the entry that is shown, if any. Resolves to whether nothing was bad.
 * @param {Means} means @param {{index: number, fields: Record<string, string>} | null} entry
 */
export async function checkRecord(means, entry) {
  // An entry's proof comes with the checkpoint that it is proved under: one checkpoint for all the checks.
  const told = await means.get(entry ? `entries/${entry.index}/proof` : "checkpoint");
  const signed = await signature(means, told.note, told.key);
  if (!signed) return false;
  if (entry && !(await inclusion(means, entry, told, signed))) return false;
  if (!(await continuity(means, signed))) return false;
  means.keep({ key: told.key, note: told.note, size: signed.size, root: toBase64(signed.root) });
  return true;
}

/** @param {Means} means @param {string} note @param {string} line */
async function signature(means, note, line) {
  const kept = means.kept();
  if (kept && kept.key !== line) {
    means.report("key", "bad");
    return null;
  }
  means.report("key", kept ? "good" : "unknown");
  try {
    const signed = await openCheckpoint(note, await readKey(line));
    means.report("signature", "good");
    return signed;
  } catch (error) {
    const cannot = error instanceof DOMException && error.name === "NotSupportedError";
    means.report("signature", cannot ? "unknown" : "bad", String(error));
    return null;
  }
}

/**
 * @param {Means} means @param {{index: number, fields: Record<string, string>}} entry
 * @param {{entry: string, path: string[]}} told @param {{size: number, root: Uint8Array}} signed
 */
async function inclusion(means, entry, told, signed) {
  const raw = fromBase64(told.entry);
  const read = JSON.parse(new TextDecoder().decode(raw));
  const differs = Object.keys(entry.fields).filter((name) => String(read[name]) !== entry.fields[name]);
  if (read.index !== entry.index) differs.push("index");
  means.report("entry", differs.length ? "bad" : "good", differs.join(", "));
  if (differs.length) return false;
  const root = await rootOf(await leafHash(raw), entry.index, signed.size, told.path.map(fromBase64));
  const holds = root !== null && same(root, signed.root);
  means.report("inclusion", holds ? "good" : "bad");
  return holds;
}

/** @param {Means} means @param {{size: number, root: Uint8Array}} signed */
async function continuity(means, signed) {
  const kept = means.kept();
  if (!kept) {
    means.report("continuity", "unknown");
    return true;
  }
  if (kept.size > signed.size) {
    means.report("continuity", "bad", `${kept.size} > ${signed.size}`);
    return false;
  }
  const proof = await means.get(`consistency?old=${kept.size}&new=${signed.size}`);
  const path = proof.path.map(fromBase64);
  const holds = await extendsTree(kept.size, signed.size, fromBase64(kept.root), signed.root, path);
  means.report("continuity", holds ? "good" : "bad", `${kept.size} → ${signed.size}`);
  return holds;
}
