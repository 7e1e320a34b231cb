// Logic of the frame that needs no page: node --test tests/web/frame.test.js
import assert from "node:assert/strict";
import { test } from "node:test";

const folder = new URL("../../src/safeconduct/web/static/safeconduct/", import.meta.url);
const { duration, nodeClock } = await import(new URL("clock.js", folder));
const { fresh } = await import(new URL("fresh.js", folder));
const { gather } = await import(new URL("gather.js", folder));
const { bounds, graticule } = await import(new URL("map/graticule.js", folder));

test("the node's clock runs at its own speed", () => {
  const clock = nodeClock(1_000_000, 500, 20);
  assert.equal(clock(500), 1_000_000);
  assert.equal(clock(1500), 1_020_000);
});

test("a length of time reads alike in every language", () => {
  assert.deepEqual([0, 59.6, 725, 3725, -5, -0.4].map(duration), ["0:00", "1:00", "12:05", "1:02:05", "−0:05", "0:00"]);
});

test("an alarm is new once, a notice when it becomes an alarm, and one that comes back is not", () => {
  const look = fresh([{ id: "a", severity: "alert" }, { id: "n", severity: "notice" }]);
  assert.deepEqual(look([{ id: "a", severity: "critical" }, { id: "n", severity: "notice" }]), []);
  assert.deepEqual(look([{ id: "n", severity: "alert" }, { id: "b", severity: "critical" }]), ["n", "b"]);
  assert.deepEqual(look([{ id: "a", severity: "critical" }, { id: "n", severity: "alert" }]), []);
});

test("many news of one kind become one, with all that they concern, and the last is never lost", () => {
  const told = [];
  const runs = [];
  const tell = gather((kind, refs) => told.push([kind, refs]), 300, (run) => runs.push(run));
  tell("alert", "1");
  tell("alert", "2");
  tell("alert", "1");
  tell("position", null);
  assert.deepEqual(told, []);
  runs.splice(0).forEach((run) => run());
  assert.deepEqual(told, [["alert", ["1", "2"]], ["position", []]]);
  tell("alert", "3");
  runs.splice(0).forEach((run) => run());
  assert.deepEqual(told.at(-1), ["alert", ["3"]]);
});

test("the graticule has a line on each edge that it falls on", () => {
  const { features } = graticule(10, [-20, -10, 20, 10]);
  assert.equal(features.length, 5 + 3);
  assert.deepEqual(features[0].geometry.coordinates, [[-20, -10], [-20, 10]]);
});

test("bounds reach round every kind of geometry", () => {
  const of = (coordinates) => ({ geometry: { coordinates } });
  assert.deepEqual(bounds([of([75, -5]), of([[[74, -6], [76, -5.5]]]), { geometry: null }]), [74, -6, 76, -5]);
  assert.equal(bounds([]), null);
});

test("what came back from a shelf is new, and an older alarm that there is room for only now is not", () => {
  const look = fresh([
    { id: "a", severity: "alert", raised: 50 },
    { id: "s", severity: "shelved", raised: 20 },
    { id: "f", severity: "folded", raised: 40 },
  ]);
  assert.deepEqual(look([{ id: "s", severity: "alert", raised: 20 }, { id: "f", severity: "alert", raised: 40 }]), ["s"]);
  assert.deepEqual(look([{ id: "old", severity: "alert", raised: 10 }]), []);
  assert.deepEqual(look([{ id: "young", severity: "alert", raised: 60 }]), ["young"]);
  assert.deepEqual(look([{ id: "grave", severity: "critical", raised: 10 }]), ["grave"]);
});

test("a group tells of an alarm newer than all before, once", () => {
  const look = fresh([{ id: "g", severity: "group", raised: 50 }]);
  const rows = [{ id: "r", severity: "folded", raised: 60 }];
  assert.deepEqual(look([{ id: "g", severity: "group", raised: 50 }]), []);
  assert.deepEqual(look([{ id: "g", severity: "group", raised: 60 }, ...rows]), ["g"]);
  assert.deepEqual(look([{ id: "g", severity: "group", raised: 60 }, ...rows]), []);
  assert.deepEqual(look([{ id: "r", severity: "alert", raised: 60 }]), [], "the flood is over, and nothing is new");
});
