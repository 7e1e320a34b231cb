import assert from "node:assert/strict";
import { test } from "node:test";
import { circle, numbered } from "../../src/safeconduct/web/static/safeconduct/circle.js";

test("every corner of a circle is as far from its middle, and it is closed", () => {
  for (const [lon, lat] of [[75, -5], [0, 60]]) {
    const corners = circle(lon, lat, 200);
    assert.deepEqual(corners[0], corners.at(-1));
    for (const [east, north] of corners) {
      const away = Math.hypot((east - lon) * Math.cos((lat * Math.PI) / 180), north - lat) * 111194.93;
      assert.ok(Math.abs(away - 200) < 0.01);
    }
  }
});

test("a row without a position has no point", () => {
  const rows = [{ lon: "75", lat: "-5", number: "0" }, { number: "1" }];
  assert.deepEqual(numbered(rows).map((one) => [one.geometry.coordinates, one.properties.id]), [[[75, -5], "0"]]);
});
