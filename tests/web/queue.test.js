import assert from "node:assert/strict";
import { test } from "node:test";
import { add, amend, atOnce, due, fresh, item, newId, nextAt, settle, told } from "../../src/safeconduct/web/static/safeconduct/me/queue.js";
import { drain, letter } from "../../src/safeconduct/web/static/safeconduct/me/send.js";

const NOW = Date.UTC(2026, 2, 2, 15, 10);

function checkIn(state = "safe", now = NOW) {
  return item("check-in", { state }, now);
}

function sos(fields = {}, now = NOW) {
  return item("sos", fields, now);
}

/** A store in memory, and a node that takes each id once. */
function phone() {
  let items = [];
  return { change: async (change) => (items = change(items)), items: () => items };
}

test("an id is a UUIDv7 of its time, and no two are alike", () => {
  const id = newId(NOW);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), NOW);
  assert.notEqual(newId(NOW), newId(NOW));
});

test("an SOS goes before everything that waits", () => {
  const help = sos({}, NOW + 5);
  assert.equal(due([checkIn(), checkIn(), help], NOW + 10), help);
});

test("the place of an SOS waits until the SOS itself has arrived", () => {
  const help = sos();
  const moved = item("sos/move", { lon: "75", lat: "-5" }, NOW + 1);
  assert.equal(due([moved, help], NOW + 2), help);
  assert.equal(due(settle([moved, help], help.id, 200, NOW), NOW + 2), moved);
});

test("only the latest place is kept", () => {
  const first = item("sos/move", { lon: "75" }, NOW);
  const second = item("sos/move", { lon: "76" }, NOW + 1);
  const help = sos();
  assert.deepEqual([first, help, second].reduce(add, []), [help, second]);
});

test("the same id waits once", () => {
  const one = checkIn();
  assert.equal(add(add([], one), { ...one }).length, 1);
});

test("what was taken is gone, and gone is what was taken before", () => {
  const one = checkIn();
  assert.deepEqual(settle([one], one.id, 200, NOW), []);
  assert.deepEqual(settle([one], one.id, 201, NOW), []);
});

test("without an answer it is tried again, later each time, an SOS within ten seconds", () => {
  for (const [made, longest] of [[checkIn(), 120_000], [sos(), 10_000]]) {
    let items = [made];
    let before = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      items = settle(items, made.id, turn % 2 ? 0 : 503, NOW);
      assert.ok(items[0].notBefore - NOW >= before && items[0].notBefore - NOW <= longest);
      before = items[0].notBefore - NOW;
    }
    assert.equal(before, longest);
    assert.equal(due(items, NOW), null);
    assert.equal(nextAt(items), NOW + longest);
    assert.equal(due(atOnce(items), NOW)?.id, made.id);
  }
});

test("a wrong PIN asks the person, and goes on with the right one", () => {
  const one = checkIn();
  const asked = settle([one], one.id, 403, NOW);
  assert.equal(due(asked, NOW), null);
  assert.equal(told(asked).pins[0]?.id, one.id);
  assert.equal(due(amend(asked, one.id, { sealed: "x" }), NOW)?.fields.sealed, "x");
});

test("a refusal stays for the person to see", () => {
  const one = checkIn();
  const refused = settle([one], one.id, 422, NOW);
  assert.equal(told(refused).refused, 1);
  assert.equal(due(refused, NOW), null);
});

test("a place for an SOS that is over is dropped", () => {
  const moved = item("sos/move", {}, NOW);
  assert.deepEqual(settle([moved], moved.id, 404, NOW), []);
});

test("nothing is told of a silent SOS", () => {
  assert.deepEqual(told([sos({ silent: "1" })]), told([]));
  assert.equal(told([sos()]).sos, true);
});

test("a check-in of last week is not sent, an SOS always is", () => {
  const old = [checkIn(), sos()];
  assert.deepEqual(fresh(old, NOW + 8 * 86_400_000), [old[1]]);
});

test("a letter holds the id, the claimed time and what was said", () => {
  const one = checkIn("need_help");
  const { path, body } = letter(one);
  assert.equal(path, "/me/check-in/");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), { id: one.id, at: "2026-03-02T15:10:00.000Z", state: "need_help" });
});

test("boarding waits as a check-in does, with the time at which it was pressed, and is told of", () => {
  const one = item("journeys/say", { stage: "boarded" }, NOW);
  assert.equal(told([one]).waiting, 1);
  const { path, body } = letter(one);
  assert.equal(path, "/me/journeys/say/");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), { id: one.id, at: "2026-03-02T15:10:00.000Z", stage: "boarded" });
  const asked = settle([one], one.id, 403, NOW);
  assert.equal(told(asked).pins[0]?.id, one.id);
  assert.deepEqual(settle([one], one.id, 201, NOW), []);
});

test("all that waits is sent once, the SOS first, however often the network fails between", async () => {
  const store = phone();
  const made = [checkIn(), sos(), checkIn("not_here")];
  for (const one of made) await store.change((items) => add(items, one));
  const taken = new Set();
  const order = [];
  let now = NOW;
  let turn = 0;
  const node = async (one) => {
    turn += 1;
    if (turn % 3 === 1) throw new TypeError("no network");
    const isNew = !taken.has(one.id);
    taken.add(one.id);
    if (isNew) order.push(one.kind);
    // Every third answer is lost on the way back: the node took it, the phone does not know.
    if (turn % 3 === 2 && isNew) throw new TypeError("the answer was lost");
    return { status: isNew ? 201 : 200 };
  };
  for (let round = 0; round < 30 && store.items().length; round += 1) {
    await drain(store, node, () => now);
    now += 60_000;
  }
  assert.deepEqual(store.items(), []);
  assert.equal(order.length, 3);
  assert.equal(order[0], "sos");
});

test("a phone that the node does not know any more stops sending", async () => {
  const store = phone();
  await store.change((items) => add(add(items, checkIn()), checkIn()));
  let asked = 0;
  const { known, items } = await drain(store, async () => ((asked += 1), { status: 401 }), () => NOW);
  assert.equal(known, false);
  assert.equal(asked, 1);
  assert.equal(items.length, 2);
});
