// The browser's own verification against vectors that Python's oracle made: node --test tests/web/record.test.js
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkRecord } from "../../src/safeconduct/web/static/safeconduct/record/checks.js";
import {
  extendsTree,
  fromBase64,
  leafHash,
  rootOf,
  same,
  toBase64,
} from "../../src/safeconduct/web/static/safeconduct/record/merkle.js";
import { openCheckpoint, readKey } from "../../src/safeconduct/web/static/safeconduct/record/note.js";

const vectors = JSON.parse(readFileSync(process.env.SAFECONDUCT_VECTORS, "utf8"));
const path = (one) => one.path.map(fromBase64);

test("every inclusion proof of every small tree leads to its root", async () => {
  for (const one of vectors.inclusions) {
    const root = await rootOf(fromBase64(one.leaf), one.index, one.size, path(one));
    assert.ok(root && same(root, fromBase64(one.root)), `${one.index} in ${one.size}`);
  }
});

test("an inclusion proof for another place, size or path does not hold", async () => {
  for (const one of vectors.inclusions.filter((one) => one.size > 1)) {
    const wrong = [
      [one.index + 1, one.size, path(one)],
      [one.index, one.size, path(one).slice(1)],
      [one.index, one.size, [...path(one), new Uint8Array(32)]],
      [one.size, one.size, path(one)],
    ];
    for (const [index, size, hashes] of wrong) {
      const root = await rootOf(fromBase64(one.leaf), index, size, hashes);
      assert.ok(!root || !same(root, fromBase64(one.root)), `${one.index} in ${one.size}`);
    }
  }
});

test("every consistency proof holds, and none of a changed tree does", async () => {
  for (const one of vectors.consistencies) {
    const [before, after] = [fromBase64(one.oldRoot), fromBase64(one.newRoot)];
    assert.ok(await extendsTree(one.old, one.new, before, after, path(one)), `${one.old} to ${one.new}`);
    const changed = Uint8Array.from(before, (byte, at) => (at ? byte : byte ^ 1));
    if (one.old) assert.ok(!(await extendsTree(one.old, one.new, changed, after, path(one))));
    if (path(one).length) assert.ok(!(await extendsTree(one.old, one.new, before, after, path(one).slice(1))));
  }
});

test("a checkpoint opens by its key alone", async () => {
  const key = await readKey(vectors.key);
  const opened = await openCheckpoint(vectors.note, key);
  assert.equal(opened.size, vectors.size);
  await assert.rejects(openCheckpoint(vectors.note.replace(`\n${vectors.size}\n`, "\n9999\n"), key));
  await assert.rejects(openCheckpoint(vectors.note, await readKey(vectors.otherKey)));
  await assert.rejects(readKey(vectors.key.replace(/\+[0-9a-f]{8}\+/, "+00000000+")));
});

/** A node that answers from the vectors, and a browser's memory. */
function means(answers, kept = null) {
  const said = {};
  return {
    said,
    memory: () => kept,
    get: async (asked) => answers[asked.split("?")[0]],
    kept: () => kept,
    keep: (one) => {
      kept = one;
    },
    report: (check, state) => {
      said[check] = state;
    },
  };
}

const proof = vectors.proof;
const entry = { index: proof.index, fields: vectors.fields };

test("a sound entry verifies, and its checkpoint is kept", async () => {
  const at = means({ [`entries/${proof.index}/proof`]: proof });
  assert.ok(await checkRecord(at, entry));
  assert.deepEqual(at.said, {
    key: "unknown",
    signature: "good",
    entry: "good",
    inclusion: "good",
    continuity: "unknown",
  });
  assert.equal(at.memory().size, vectors.size);
});

test("a page that shows something else than the entry is found out", async () => {
  const at = means({ [`entries/${proof.index}/proof`]: proof });
  assert.ok(!(await checkRecord(at, { ...entry, fields: { ...entry.fields, act: "movement.lift" } })));
  assert.equal(at.said.entry, "bad");
});

test("an entry whose bytes were changed is not in the log", async () => {
  const changed = new TextDecoder().decode(fromBase64(proof.entry)).replace("article", "artikle");
  const forged = { ...proof, entry: toBase64(new TextEncoder().encode(changed)) };
  const at = means({ [`entries/${proof.index}/proof`]: forged });
  assert.ok(!(await checkRecord(at, { index: proof.index, fields: {} })));
  assert.equal(at.said.inclusion, "bad");
});

test("a log that was rolled back is found out, and the older memory is kept", async () => {
  const longer = { key: vectors.key, note: "", size: vectors.size + 1, root: toBase64(new Uint8Array(32)) };
  const at = means({ checkpoint: { note: vectors.note, key: vectors.key } }, longer);
  assert.ok(!(await checkRecord(at, null)));
  assert.equal(at.said.continuity, "bad");
  assert.equal(at.memory(), longer);
});

test("a log that was rewritten is found out", async () => {
  const other = { key: vectors.key, note: "", size: vectors.size - 1, root: toBase64(await leafHash(new Uint8Array())) };
  const at = means(
    { checkpoint: { note: vectors.note, key: vectors.key }, consistency: vectors.lastConsistency },
    other,
  );
  assert.ok(!(await checkRecord(at, null)));
  assert.equal(at.said.continuity, "bad");
});

test("a log that grew since is good", async () => {
  const before = { key: vectors.key, note: "", size: vectors.size - 1, root: vectors.lastConsistency.oldRoot };
  const at = means(
    { checkpoint: { note: vectors.note, key: vectors.key }, consistency: vectors.lastConsistency },
    before,
  );
  assert.ok(await checkRecord(at, null));
  assert.equal(at.said.continuity, "good");
  assert.equal(at.said.key, "good");
});

test("another key than the one seen before stops everything", async () => {
  const before = { key: vectors.otherKey, note: "", size: 1, root: toBase64(new Uint8Array(32)) };
  const at = means({ checkpoint: { note: vectors.note, key: vectors.key } }, before);
  assert.ok(!(await checkRecord(at, null)));
  assert.deepEqual(at.said, { key: "bad" });
});
