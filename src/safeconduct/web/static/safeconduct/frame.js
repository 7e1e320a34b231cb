/** What every page does by itself: clocks tick, menus close, answers can be put away. */
import { duration, nodeClock } from "./clock.js";

const { now, speed, zone } = document.body.dataset;
const nodeNow = nodeClock(Date.parse(now ?? ""), Date.now(), Number(speed ?? 1));
const face = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The node's time, in epoch milliseconds. */
export function nodeTime() {
  return nodeNow(Date.now());
}

/** @param {string} text said to assistive technology, politely */
export function announce(text) {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
}

function tick() {
  const at = nodeTime();
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = face.format(at);
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-since]")))
    part.textContent = duration((at - Date.parse(part.dataset.since ?? "")) / 1000);
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-until]")))
    part.textContent = duration((Date.parse(part.dataset.until ?? "") - at) / 1000);
}

function putAway() {
  document.getElementById("toasts")?.replaceChildren();
}

document.addEventListener("click", (event) => {
  const pressed = /** @type {HTMLElement} */ (event.target);
  if (pressed.closest("[data-close]")) pressed.closest(".toast")?.remove();
  const opens = pressed.closest("[data-dialog]");
  if (opens instanceof HTMLElement) {
    const dialog = document.getElementById(opens.dataset.dialog ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }
  if (pressed.closest("[data-dialog-close]")) pressed.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(pressed)) menu.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  putAway();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
});
// The answer to an act is of that act: the next one puts it away, a part that is fetched anew does not.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.requestConfig.verb !== "get") putAway();
});
// A part that was fetched anew shows its ticking times at once, not a second later.
document.addEventListener("htmx:afterSwap", tick);
// On a phone the rooms are wider than the screen: the one that is open is in sight.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
setInterval(tick, 1000);
tick();
