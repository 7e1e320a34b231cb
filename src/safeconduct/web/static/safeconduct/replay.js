/** The replay of one alert's tracks on its map: a slider over the moments, and a button that lets them pass. */
import { duration } from "./clock.js";
import { lines, whereabouts } from "./track.js";

const WHOLE_MS = 20000;
const TICK_MS = 100;

/** @param {number[] | number[][]} coordinates @param {string} type @param {object} properties */
function feature(type, coordinates, properties = {}) {
  return { type: "Feature", geometry: { type, coordinates }, properties };
}

/** @param {any[]} features */
function collection(features) {
  return { type: "FeatureCollection", features };
}

/**
 * @param {any} map as map.js opens it
 * @param {any} told what replay.json answers
 */
export function startReplay(map, told) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("replay"));
  const slider = /** @type {HTMLInputElement} */ (document.getElementById("replay-at"));
  const says = /** @type {HTMLOutputElement} */ (document.getElementById("replay-says"));
  const button = /** @type {HTMLButtonElement} */ (document.getElementById("replay-play"));
  const begin = Date.parse(told.begin);
  const length = Math.ceil((Date.parse(told.end) - begin) / 1000);
  const started = (Date.parse(told.started) - begin) / 1000;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let running;

  function draw() {
    const at = Number(slider.value);
    const now = whereabouts(told.tracks, at);
    map.set("track", collection(lines(told.tracks, at).map((line) => feature("LineString", line))));
    map.set("positions", collection(now ? [feature("Point", [now.lon, now.lat], { id: now.track, state: now.state })] : []));
    const state = now ? (now.state === "unseen" ? panel.dataset.unseen : panel.dataset.seen) : panel.dataset.before;
    says.textContent = `${duration(at - started)} · ${state}`;
    slider.setAttribute("aria-valuetext", says.textContent);
  }

  function pause() {
    clearInterval(running);
    running = undefined;
    button.textContent = button.dataset.play ?? "";
  }

  function play() {
    if (Number(slider.value) >= length) slider.value = "0";
    button.textContent = button.dataset.pause ?? "";
    running = setInterval(() => {
      slider.value = String(Math.min(length, Number(slider.value) + (length * TICK_MS) / WHOLE_MS));
      draw();
      if (Number(slider.value) >= length) pause();
    }, TICK_MS);
  }

  slider.max = String(length);
  slider.value = String(length);
  slider.addEventListener("input", draw);
  button.addEventListener("click", () => (running ? pause() : play()));
  panel.hidden = false;
  draw();
}
