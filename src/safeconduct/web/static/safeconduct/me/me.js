/**
 * The person's page: what is pressed goes into the phone's queue and from there to the node; without a network it waits,
 * and the page says so. A call for help in silence changes nothing that can be seen.
 */
import * as keep from "./keep.js";
import { add, amend, atOnce, item, nextAt, told } from "./queue.js";
import { canSeal, seal } from "./seal.js";
import { alone, drain, posted, token } from "./send.js";

const { key, shell, worker, join, open, place, follow } = document.body.dataset;
const sos = /** @type {HTMLFormElement | null} */ (document.getElementById("sos"));
const said = /** @type {HTMLElement} */ (document.getElementById("said"));
const pin = /** @type {HTMLInputElement | null} */ (document.getElementById("pin"));
const EVERY_MS = 15_000;
const PLACE_MS = 4_000;

/** PINs that could not be sealed, of what was pressed since the page was loaded. @type {Map<string, string>} */
const typed = new Map();
let again = 0;
let watching = 0;

/** @param {string} which one of the page's own sentences @param {boolean} [bad] */
function say(which, bad = false) {
  said.textContent = said.dataset[which] ?? "";
  said.classList.toggle("bad", bad);
}

/** @param {string} id @param {boolean} shown */
function show(id, shown) {
  const part = document.getElementById(id);
  if (part && part.hidden === shown) part.hidden = !shown;
}

/** @param {import("./queue.js").Item[]} items */
function showQueue(items) {
  const now = told(items);
  show("sos-unsent", now.sos);
  show("waiting", now.waiting > 0);
  const count = document.querySelector("#waiting [data-count]");
  if (count) count.textContent = String(now.waiting);
  show("refused", now.refused > 0);
  const [stuck] = now.pins;
  if (stuck) {
    show("pin-field", true);
    say(stuck.fields.sealed || typed.has(stuck.id) ? "wrong" : "pin", true);
  }
}

/** @param {import("./queue.js").Item} one */
async function post(one) {
  const clear = typed.get(one.id);
  const answer = await posted(clear ? { ...one, fields: { ...one.fields, pin: clear } } : one, await token());
  // No call lasts any more: nobody need know where this phone is.
  if (one.kind === "sos/move" && answer.status === 404) clearInterval(watching);
  if (answer.status === 429) say("later", true);
  return answer;
}

async function send() {
  clearTimeout(again);
  const { items, known, sent } = await alone(() => drain(keep, post));
  if (!known) return forget();
  for (const one of sent) typed.delete(one.id);
  showQueue(items);
  const last = sent.at(-1);
  if (last?.kind === "check-in" || last?.kind === "journeys/say") say("sent");
  // An open call is the node's to show: aloud, the page says that it was heard; in silence, nothing changes.
  if (sent.some((one) => one.kind === "sos")) {
    watch();
    if (sent.some((one) => one.kind === "sos" && one.fields.silent !== "1")) location.reload();
  }
  const next = nextAt(items);
  if (next !== null) again = setTimeout(send, Math.max(500, next - Date.now()));
  return undefined;
}

/** @param {import("./queue.js").Item} fresh */
async function keepAndSend(fresh) {
  showQueue(await keep.change((items) => add(items, fresh)));
  askForSync();
  await send();
}

/** Let the browser send when it finds the network again, even with this page gone; some browsers do. */
function askForSync() {
  navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("me-queue")).catch(() => {});
}

/** Nothing stays of a phone that is not theirs any more. */
async function forget() {
  await keep.forget();
  for (const name of await (globalThis.caches?.keys() ?? [])) if (name.startsWith("me-")) await caches.delete(name);
  for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? []) await one.unregister();
  location.assign(join ?? "/me/join/");
}

/** @param {PositionOptions} [how] @returns {Promise<GeolocationPosition | null>} */
function here(how) {
  return new Promise((resolve) => {
    if (!navigator.geolocation) resolve(null);
    else navigator.geolocation.getCurrentPosition(resolve, () => resolve(null), { timeout: PLACE_MS, maximumAge: 60_000, ...how });
  });
}

/** For who chose an area of the map: a hundredth of a degree, which is what leaves the phone. @returns {Promise<Record<string, string>>} */
async function about() {
  const at = place === "1" ? await here() : null;
  return at ? { lon: at.coords.longitude.toFixed(2), lat: at.coords.latitude.toFixed(2) } : {};
}

/** What a button says: how the person is, or that they boarded or arrived. @param {SubmitEvent} event */
function pressed(event) {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
  /** @type {Record<string, string>} */
  const journey = given.get("journey") ? { journey: String(given.get("journey")) } : {};
  if (button?.name === "stage") return { kind: /** @type {const} */ ("journeys/say"), fields: { stage: button.value, ...journey } };
  return { kind: /** @type {const} */ ("check-in"), fields: { state: button?.value ?? "safe" } };
}

/** @param {SubmitEvent} event */
async function press(event) {
  event.preventDefault();
  const { kind, fields } = pressed(event);
  const code = pin?.value ?? "";
  const isWell = fields.state !== "need_help";
  // What is kept from before the page was locked asks for a PIN again, if it must.
  if (isWell && !code && open !== "1") return say("pin", true);
  if (pin) pin.value = "";
  const stuck = told(await keep.items()).pins;
  const isSame = (/** @type {import("./queue.js").Item} */ one) => Object.entries(fields).every(([name, value]) => one.fields[name] === value);
  const again = isWell && stuck.some(isSame);
  const made = again ? null : item(kind, { ...fields, ...(kind === "check-in" ? await about() : {}) }, Date.now());
  say("kept");
  if (made) {
    const sealed = await withPin(made, code);
    await keep.change((items) => add(items, { ...made, fields: { ...made.fields, ...sealed } }));
  }
  // One PIN is for all that waited for one.
  if (code)
    for (const one of stuck) {
      const sealed = await withPin(one, code);
      await keep.change((items) => amend(items, one.id, sealed));
    }
  askForSync();
  return send();
}

/** @param {import("./queue.js").Item} one @param {string} code @returns {Promise<Record<string, string>>} */
async function withPin(one, code) {
  if (code && canSeal()) return { sealed: await seal(code, one.id, key ?? "") };
  if (code) typed.set(one.id, code);
  return {};
}

for (const one of document.querySelectorAll("form[data-queue]")) one.addEventListener("submit", (event) => press(/** @type {SubmitEvent} */ (event)));

sos?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const silent = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value === "1";
  sos.querySelector("details")?.removeAttribute("open");
  const call = item("sos", silent ? { silent: "1" } : {}, Date.now());
  // The call goes at once; where it comes from follows as soon as the phone knows.
  await keepAndSend(call);
  await tell();
});

async function tell() {
  const at = await here({ enableHighAccuracy: true, maximumAge: 0, timeout: EVERY_MS });
  if (!at) return;
  const { longitude, latitude, accuracy } = at.coords;
  const fields = { lon: longitude.toFixed(6), lat: latitude.toFixed(6), accuracy: accuracy.toFixed(0) };
  await keepAndSend(item("sos/move", fields, Date.now()));
}

/** While a call lasts, tell where the phone is. */
function watch() {
  if (watching) return;
  watching = setInterval(tell, EVERY_MS);
  tell();
}

/** Keep the shell of this very page, in its language and with its numbers, and none that is older. */
async function keepShell() {
  if (!navigator.serviceWorker || !shell) return;
  await navigator.serviceWorker.register(worker ?? "", { type: "module", scope: "/me/" });
  const cache = await caches.open("me-shell");
  if (await cache.match(shell)) return;
  const answer = await fetch(shell);
  if (!answer.ok || answer.redirected) return;
  for (const old of await cache.keys()) await cache.delete(old);
  await cache.put(shell, answer);
}

document.querySelector("[data-dismiss]")?.addEventListener("click", async () => {
  showQueue(await keep.change((items) => items.filter((one) => one.stuck !== "refused")));
});
globalThis.addEventListener("online", async () => {
  await keep.change(atOnce);
  await send();
  if (document.getElementById("no-network")) location.reload();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());

if (follow === "1") watch();
send();
keepShell().catch(() => {});
