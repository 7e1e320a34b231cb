/** The layers over the basemap: places, sweeps, positions, alerts, and what is selected. */

export const SOURCES = ["places", "sweeps", "positions", "alerts", "calls", "track", "selected"];

/** Layers whose features can be selected, the uppermost first. */
export const SELECTABLE = ["calls", "alerts", "positions", "gates", "posts", "sensors", "routes", "exempts"];

const role = (/** @type {string} */ name) => ["==", ["get", "role"], name];
const LABEL_FONT = ["Noto Naskh Arabic", "sans-serif"];

/** @param {import("./colours.js").Colours} c */
export function layers(c) {
  const unheard = ["!=", ["coalesce", ["get", "health"], "unknown"], "live"];
  return [
    {
      id: "rings-fill",
      type: "fill",
      source: "places",
      filter: role("ring"),
      paint: { "fill-color": c.ring, "fill-opacity": 0.05 },
    },
    {
      id: "rings",
      type: "line",
      source: "places",
      filter: role("ring"),
      paint: {
        "line-color": c.ring,
        "line-width": ["match", ["get", "ring"], "inner", 2.4, "middle", 1.8, 1.4],
        "line-opacity": 0.9,
      },
    },
    {
      id: "unwatched",
      type: "fill",
      source: "places",
      filter: ["all", role("sensor"), unheard, ["==", ["geometry-type"], "Polygon"]],
      paint: { "fill-pattern": "hatch", "fill-opacity": 0.55 },
    },
    {
      id: "coverage",
      type: "line",
      source: "places",
      minzoom: 15,
      filter: ["all", role("sensor"), ["==", ["geometry-type"], "Polygon"]],
      paint: { "line-color": c.unknown, "line-width": 0.8, "line-dasharray": [2, 3] },
    },
    {
      id: "exempts",
      type: "fill",
      source: "places",
      filter: role("exempt"),
      paint: { "fill-color": c.own, "fill-opacity": 0.22, "fill-outline-color": c.own },
    },
    line("routes-casing", "places", role("route"), c.halo, 7),
    { ...line("routes", "places", role("route"), c.unknown, 3), paint: dashed(c.unknown, 3) },
    { ...line("sweeps-void", "sweeps", ["==", ["get", "state"], "void"], c.critical, 4), paint: dashed(c.critical, 4) },
    // On top: a stretch that was searched anew is swept, whatever became of the search before.
    line("sweeps-valid", "sweeps", ["==", ["get", "state"], "valid"], c.good, 4),
    line("track-line", "track", ["==", ["geometry-type"], "LineString"], c.vehicle, 2.5),
    symbol("sensors", "places", ["all", role("sensor"), ["==", ["geometry-type"], "Point"]], {
      "icon-image": ["case", unheard, "sensor-silent", "sensor-live"],
    }, 0.7),
    symbol("gates", "places", role("gate"), { "icon-image": "gate" }, 0.9),
    symbol("posts", "places", role("post"), { "icon-image": "post" }, 0.8),
    symbol("positions", "positions", true, {
      "icon-image": ["match", ["get", "state"], "idle", "idle", "unseen", "unseen", "own", "own", "seen"],
      "symbol-sort-key": ["match", ["get", "state"], "unseen", 3, "own", 2, "idle", 1, 0],
    }, 0.8),
    label("ring-names", "places", role("ring"), c, { "symbol-placement": "line", "text-size": 12 }),
    label("place-names", "places", ["match", ["get", "role"], ["gate", "exempt", "post"], true, false], c, {
      "text-size": 12,
      "text-offset": [0, 1.1],
      "text-anchor": "top",
    }, 14),
    label("route-names", "places", role("route"), c, { "symbol-placement": "line", "text-size": 12, "text-offset": [0, 1] }, 13),
    symbol("chosen", "selected", true, { "icon-image": "selected" }, 1.7),
    symbol("alerts", "alerts", true, {
      "icon-image": ["match", ["get", "severity"], "critical", "critical", "alert", "alert", "notice"],
      "symbol-sort-key": ["match", ["get", "severity"], "critical", 2, "alert", 1, 0],
    }, 1.1),
    symbol("calls", "calls", true, {
      "icon-image": ["match", ["get", "state"], "answered", "sos-answered", "sos"],
      "symbol-sort-key": ["match", ["get", "state"], "answered", 0, 1],
    }, 1.3),
  ];
}

/** @param {string} colour @param {number} width */
function dashed(colour, width) {
  return { "line-color": colour, "line-width": width, "line-dasharray": [2, 1.5] };
}

/** @param {string} id @param {string} source @param {unknown} filter @param {string} colour @param {number} width */
function line(id, source, filter, colour, width) {
  return {
    id,
    type: "line",
    source,
    filter,
    layout: { "line-join": "round", "line-cap": "butt" },
    paint: { "line-color": colour, "line-width": width },
  };
}

/** @param {string} id @param {string} source @param {unknown} filter @param {object} layout @param {number} size */
function symbol(id, source, filter, layout, size) {
  return {
    id,
    type: "symbol",
    source,
    filter,
    layout: {
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.65 * size, 15, size],
      ...layout,
    },
  };
}

/**
 * @param {string} id @param {string} source @param {unknown} filter @param {import("./colours.js").Colours} c
 * @param {object} layout @param {number} minzoom
 */
function label(id, source, filter, c, layout, minzoom = 12) {
  return {
    id,
    type: "symbol",
    source,
    filter,
    minzoom,
    layout: { "text-field": ["get", "name"], "text-font": LABEL_FONT, "text-padding": 4, ...layout },
    paint: { "text-color": c.ink, "text-halo-color": c.halo, "text-halo-width": 1.6 },
  };
}
