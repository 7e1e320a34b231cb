/** Calls for help on every page: a new one sounds and is said aloud, and one that waits for this side sounds on. */
import { announce } from "./frame.js";
import { ring, sounds, switchSound } from "./ring.js";

const AGAIN_MS = 10_000;

/** @type {Set<string>} */
let known = new Set();

function banner() {
  return document.getElementById("calls-banner");
}

/** @returns {HTMLElement[]} */
function calls() {
  return [...(banner()?.querySelectorAll("[data-call]") ?? [])].filter((one) => one instanceof HTMLElement);
}

function look() {
  banner()?.querySelector("[data-call-sound]")?.setAttribute("aria-pressed", String(sounds()));
  const now = calls();
  const fresh = now.filter((one) => !known.has(one.dataset.call ?? ""));
  if (fresh.length) {
    announce(banner()?.querySelector("strong")?.textContent + ": " + fresh.map((one) => one.textContent).join(", "));
    ring();
  }
  known = new Set(now.map((one) => one.dataset.call ?? ""));
}

document.addEventListener("htmx:afterSettle", look);
document.addEventListener("click", (event) => {
  if (!(/** @type {HTMLElement} */ (event.target).closest("[data-call-sound]"))) return;
  switchSound();
  look();
  ring();
});
setInterval(() => calls().some((one) => one.dataset.waits === "1") && ring(), AGAIN_MS);
look();
