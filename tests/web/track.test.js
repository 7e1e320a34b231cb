import assert from "node:assert/strict";
import { test } from "node:test";
import { LOST_S, countUntil, lines, whereabouts } from "../../src/safeconduct/web/static/safeconduct/track.js";

const first = { track: "cam-1/7", points: [[0, 1, 1, "seen"], [2, 1, 2, "seen"], [4, 1, 3, "idle"]] };
const second = { track: "cam-1/9", points: [[60, 1, 3.1, "seen"], [62, 1, 3.2, "seen"]] };

test("points count up to and with the moment itself", () => {
  assert.deepEqual([-1, 0, 1.9, 2, 4, 99].map((at) => countUntil(first.points, at)), [0, 1, 1, 2, 3, 3]);
});

test("nothing is anywhere before the first sighting", () => {
  assert.equal(whereabouts([first, second], -1), null);
});

test("the freshest track shows where it is", () => {
  assert.deepEqual(whereabouts([second, first], 3), { lon: 1, lat: 2, state: "seen", track: "cam-1/7" });
  assert.equal(whereabouts([first, second], 61)?.track, "cam-1/9");
});

test("silence makes it unseen where it was last, never gone", () => {
  assert.equal(whereabouts([first, second], 4 + LOST_S)?.state, "idle");
  assert.deepEqual(whereabouts([first, second], 4.1 + LOST_S), { lon: 1, lat: 3, state: "unseen", track: "cam-1/7" });
});

test("a gap of sight breaks the line, a lone sighting draws none", () => {
  const broken = { track: "a", points: [[0, 0, 0, "seen"], [1, 0, 1, "seen"], [40, 0, 2, "seen"], [41, 0, 3, "seen"], [90, 0, 4, "seen"]] };
  assert.deepEqual(lines([broken], 100), [[[0, 0], [0, 1]], [[0, 2], [0, 3]]]);
  assert.deepEqual(lines([first], 0), []);
});
