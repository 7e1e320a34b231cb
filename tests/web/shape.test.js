import assert from "node:assert/strict";
import { test } from "node:test";
import { corners, geometryOf, inserted, isWhole, middles, moved, removed } from "../../src/safeconduct/web/static/safeconduct/map/shape.js";

const square = [[0, 0], [2, 0], [2, 2], [0, 2]];
const polygon = { type: "Polygon", coordinates: [[...square, [0, 0]]] };

test("a geometry and its corners are one", () => {
  for (const geometry of [polygon, { type: "LineString", coordinates: square }, { type: "Point", coordinates: [7, 8] }])
    assert.deepEqual(geometryOf(geometry.type, corners(geometry)), geometry);
  assert.deepEqual(corners(null), []);
});

test("a shape is none until it has enough corners", () => {
  assert.equal(geometryOf("Polygon", square.slice(0, 2)), null);
  assert.equal(geometryOf("LineString", square.slice(0, 1)), null);
  assert.equal(geometryOf("Point", []), null);
  assert.ok(isWhole("Polygon", square.slice(0, 3)));
});

test("a polygon has a middle on every side, its closing side too", () => {
  assert.deepEqual(middles("Polygon", square).map(({ corner }) => corner), [[1, 0], [2, 1], [1, 2], [0, 1]]);
  assert.deepEqual(middles("LineString", square).map(({ at }) => at), [1, 2, 3]);
  assert.deepEqual(middles("Point", [[0, 0]]), []);
});

test("a middle that becomes a corner stands between its neighbours", () => {
  for (const { at, corner } of middles("Polygon", square)) {
    const more = inserted(square, at, corner);
    assert.equal(more.length, 5);
    assert.deepEqual(more[at], corner);
    assert.deepEqual(more.filter((one) => one !== corner), square);
  }
});

test("moving and removing touch one corner and leave the list that they were given", () => {
  const before = structuredClone(square);
  assert.deepEqual(moved(square, 1, [3, 0]), [[0, 0], [3, 0], [2, 2], [0, 2]]);
  assert.deepEqual(removed("Polygon", square, 0), square.slice(1));
  assert.deepEqual(square, before);
});

test("no corner is taken of which too few would be left", () => {
  const least = square.slice(0, 3);
  assert.deepEqual(removed("Polygon", least, 1), least);
  assert.deepEqual(removed("Point", [[1, 1]], 0), [[1, 1]]);
});

test("coordinates are kept to the centimetre", () => {
  assert.deepEqual(geometryOf("Point", [[75.123456789, -5.987654321]])?.coordinates, [75.1234568, -5.9876543]);
});
