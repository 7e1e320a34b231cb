/** The map's symbols, drawn in the page's colours: a shape for each meaning, never a colour alone. */

const SIZE = 48;

/** @typedef {(pen: CanvasRenderingContext2D, colour: import("./colours.js").Colours) => void} Drawing */

/** @param {CanvasRenderingContext2D} pen @param {number[][]} corners */
function path(pen, corners) {
  pen.beginPath();
  corners.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

/** @param {CanvasRenderingContext2D} pen @param {string} fill @param {string} edge @param {number} width */
function finish(pen, fill, edge, width = 4) {
  pen.lineJoin = "round";
  pen.lineWidth = width;
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.fill();
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {string} ink */
function bang(pen, ink) {
  pen.fillStyle = ink;
  pen.fillRect(21.5, 15, 5, 13);
  pen.fillRect(21.5, 31, 5, 5);
}

/** @param {CanvasRenderingContext2D} pen @param {number} r */
function disc(pen, r) {
  pen.beginPath();
  pen.arc(24, 24, r, 0, 2 * Math.PI);
}

/** A plate that says SOS itself. @param {CanvasRenderingContext2D} pen @param {string} fill @param {string} ink @param {string} edge */
function plate(pen, fill, ink, edge) {
  path(pen, [[8, 11], [40, 11], [46, 24], [40, 37], [8, 37], [2, 24]]);
  finish(pen, fill, edge, 3);
  pen.fillStyle = ink;
  pen.font = "bold 15px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText("SOS", 24, 25);
}

/** @type {Record<string, Drawing>} */
const DRAWINGS = {
  critical: (pen, c) => {
    path(pen, [[16, 4], [32, 4], [44, 16], [44, 32], [32, 44], [16, 44], [4, 32], [4, 16]]);
    finish(pen, c.critical, c.halo);
    bang(pen, c.halo);
  },
  alert: (pen, c) => {
    path(pen, [[24, 4], [45, 42], [3, 42]]);
    finish(pen, c.alert, c.halo);
    bang(pen, c.halo);
  },
  sos: (pen, c) => plate(pen, c.critical, c.halo, c.halo),
  "sos-answered": (pen, c) => plate(pen, c.halo, c.critical, c.critical),
  notice: (pen, c) => {
    disc(pen, 14);
    finish(pen, c.halo, c.notice, 7);
  },
  seen: (pen, c) => {
    disc(pen, 9);
    finish(pen, c.vehicle, c.halo, 3);
  },
  idle: (pen, c) => {
    path(pen, [[15, 15], [33, 15], [33, 33], [15, 33]]);
    finish(pen, c.vehicle, c.halo, 3);
  },
  unseen: (pen, c) => {
    path(pen, [[24, 10], [38, 24], [24, 38], [10, 24]]);
    pen.setLineDash([5, 4]);
    finish(pen, c.halo, c.unknown, 4);
  },
  own: (pen, c) => {
    path(pen, [[24, 10], [36, 15], [36, 25], [24, 39], [12, 25], [12, 15]]);
    finish(pen, c.own, c.halo, 3);
  },
  gate: (pen, c) => {
    path(pen, [[10, 10], [16, 10], [16, 38], [10, 38]]);
    finish(pen, c.ring, c.halo, 3);
    path(pen, [[32, 10], [38, 10], [38, 38], [32, 38]]);
    finish(pen, c.ring, c.halo, 3);
    path(pen, [[16, 20], [32, 20], [32, 26], [16, 26]]);
    finish(pen, c.ring, c.halo, 2);
  },
  post: (pen, c) => {
    path(pen, [[24, 12], [36, 22], [36, 36], [12, 36], [12, 22]]);
    finish(pen, c.own, c.halo, 3);
  },
  "sensor-live": (pen, c) => {
    path(pen, [[10, 18], [28, 18], [28, 23], [38, 16], [38, 34], [28, 27], [28, 32], [10, 32]]);
    finish(pen, c.good, c.halo, 3);
  },
  "sensor-silent": (pen, c) => {
    path(pen, [[10, 18], [28, 18], [28, 23], [38, 16], [38, 34], [28, 27], [28, 32], [10, 32]]);
    finish(pen, c.halo, c.unknown, 3);
    pen.beginPath();
    pen.moveTo(8, 40);
    pen.lineTo(40, 8);
    pen.lineWidth = 4;
    pen.stroke();
  },
  selected: (pen, c) => {
    disc(pen, 20);
    pen.lineWidth = 4;
    pen.strokeStyle = c.focus;
    pen.stroke();
  },
  hatch: (pen, c) => {
    pen.strokeStyle = c.unknown;
    pen.lineWidth = 3;
    for (let x = -48; x < 96; x += 12) {
      pen.beginPath();
      pen.moveTo(x, 48);
      pen.lineTo(x + 48, 0);
      pen.stroke();
    }
  },
};

/**
 * Every symbol as an image for the map, at twice its size on the page.
 * @param {import("./colours.js").Colours} colour
 * @returns {[string, ImageData][]}
 */
export function symbols(colour) {
  return Object.entries(DRAWINGS).map(([name, draw]) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIZE;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    draw(pen, colour);
    return [name, pen.getImageData(0, 0, SIZE, SIZE)];
  });
}
