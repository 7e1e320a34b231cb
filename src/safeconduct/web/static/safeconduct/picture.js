/** The picture page: its map follows the stream, new alarms are flashed and said, and a row finds its place on the map. */
import { announce } from "./frame.js";
import { fresh } from "./fresh.js";
import { openMap } from "./map/map.js";
import { ring, sounds, switchSound } from "./ring.js";

const place = /** @type {HTMLElement} */ (document.getElementById("map"));
const queue = /** @type {HTMLElement} */ (document.getElementById("queue"));
const selected = /** @type {HTMLElement} */ (document.getElementById("selected"));
const words = /** @type {HTMLElement} */ (document.getElementById("map-words"));

/** @param {string | undefined} address */
async function fetched(address) {
  const answer = await fetch(address ?? "", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

// ------------------------------------------------------------------ map
const map = await openMap(place, {
  roads: place.dataset.roads,
  borders: place.dataset.borders,
  style: place.dataset.style,
});

async function drawStanding() {
  const { places, sweeps } = await fetched(place.dataset.standing);
  map.set("places", places);
  map.set("sweeps", sweeps);
  return places;
}

let isDrawing = false;
let isStale = false;
async function drawMoving() {
  // One request at a time: on a slow link the next starts when the last has come.
  if (isDrawing) return void (isStale = true);
  isDrawing = true;
  try {
    const { positions, alerts, calls } = await fetched(place.dataset.moving);
    map.set("positions", positions);
    map.set("alerts", alerts);
    map.set("calls", calls);
  } catch {
    // The banner says that the connection is lost; what is drawn stays until it is back.
  } finally {
    isDrawing = false;
    if (isStale) {
      isStale = false;
      setTimeout(drawMoving, 200);
    }
  }
}

function fit() {
  map.fit([...map.data.places.features, ...map.data.alerts.features, ...map.data.calls.features]);
}

for (const kind of ["position", "alert", "sos"]) document.body.addEventListener(`sc:${kind}`, drawMoving);
for (const kind of ["place", "post", "sensor", "sweep"])
  document.body.addEventListener(`sc:${kind}`, () => drawStanding().catch(() => {}));

map.onSelect((properties) => {
  selected.textContent = properties ? [properties.name, properties.said].filter(Boolean).join(" · ") : "";
  for (const row of queue.querySelectorAll("[data-alert]"))
    if (row instanceof HTMLElement && row.dataset.alert === properties?.id) {
      row.setAttribute("aria-current", "true");
      row.scrollIntoView({ block: "nearest" });
    } else row.removeAttribute("aria-current");
});

document.getElementById("map-fit")?.addEventListener("click", fit);
document.getElementById("map-table")?.addEventListener("click", (event) => {
  words.hidden = !words.hidden;
  /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-pressed", String(!words.hidden));
  if (!words.hidden) {
    words.dispatchEvent(new CustomEvent("sc:shown"));
    words.focus();
  }
});
// A hidden table need not be kept up to date.
words.addEventListener("htmx:beforeRequest", (event) => {
  if (words.hidden) event.preventDefault();
});

// ------------------------------------------------------------------ queue
const seen = fresh(standingAlerts());

/** @returns {import("./fresh.js").Standing[]} */
function standingAlerts() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (queue.querySelectorAll("[data-alert], [data-group]"))].map(
    ({ dataset }) =>
      dataset.group
        ? { id: dataset.group, severity: "group", raised: Number(dataset.newest) }
        : { id: dataset.alert ?? "", severity: dataset.severity ?? "", raised: Number(dataset.raised) },
  );
}

/** @type {string[]} */
let opened = [];
/** @type {string | undefined} */
let pressedIn;
queue.addEventListener("htmx:beforeSwap", () => {
  opened = [...queue.querySelectorAll("details[id][open]")].map((one) => one.id);
  const row = document.activeElement?.closest("[data-alert], [data-group]");
  pressedIn = row instanceof HTMLElement && queue.contains(row) ? (row.dataset.alert ?? row.dataset.group) : undefined;
});
queue.addEventListener("htmx:afterSettle", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  showSound();
  // What had the focus may be gone with what was pressed: the keyboard goes on from the same row, or from the top.
  if (pressedIn && document.activeElement === document.body)
    (
      ["open-", "take-", "sum-", "shelve-"].map((part) => document.getElementById(part + pressedIn)).find(Boolean) ??
      document.getElementById("sound")
    )?.focus();
  const found = seen(standingAlerts());
  for (const id of found) say(document.getElementById(`alert-${id}`) ?? document.getElementById(id));
  if (found.length) ring();
});

/** @param {HTMLElement | null} row of a new alarm, or of a group that has one */
function say(row) {
  row?.classList.add("fresh");
  const says = /** @type {HTMLTemplateElement} */ (document.getElementById("say-alarm")).content.textContent;
  const parts = [...(row?.querySelector(".row")?.querySelectorAll(".chip, .title") ?? [])];
  announce(`${says}: ${parts.map((part) => part.textContent).join(", ")}`);
}

queue.addEventListener("click", (event) => {
  const pressed = /** @type {HTMLElement} */ (event.target).closest("button");
  if (pressed?.id === "sound") {
    switchSound();
    showSound();
    ring();
  } else if (pressed?.dataset.show) {
    map.select("alerts", pressed.dataset.show);
    if (matchMedia("(max-width: 63.99rem)").matches) place.scrollIntoView({ block: "center" });
  }
});

function showSound() {
  document.getElementById("sound")?.setAttribute("aria-pressed", String(sounds()));
}

showSound();
await Promise.allSettled([drawStanding(), drawMoving()]);
fit();
await map.drawn();
document.body.dataset.map = "ready";
