/** The panel that verifies the record in the page, and the one that lets the node verify all that it stores. */
import { checkRecord } from "./checks.js";

const panel = document.querySelector("[data-verify]");
if (panel instanceof HTMLElement) {
  panel.querySelector("button")?.addEventListener("click", () => verify(panel));
}
const form = document.querySelector("form[data-full-verify]");
if (form instanceof HTMLFormElement) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    verifyAll(form);
  });
}

/** @param {HTMLElement} panel */
async function verify(panel) {
  for (const item of panel.querySelectorAll("[data-check]")) show(panel, item.getAttribute("data-check") ?? "", "wait");
  say(panel, "");
  if (!globalThis.crypto?.subtle) return say(panel, "insecure");
  const origin = `sc-record:${panel.dataset.origin}`;
  const means = {
    get: fetched,
    kept: () => JSON.parse(localStorage.getItem(origin) ?? "null"),
    keep: (/** @type {unknown} */ kept) => localStorage.setItem(origin, JSON.stringify(kept)),
    report: (/** @type {string} */ check, /** @type {string} */ state, /** @type {string} */ why = "") =>
      show(panel, check, state, why),
  };
  try {
    say(panel, (await checkRecord(means, entryOf(panel))) ? "good" : "bad");
  } catch (error) {
    console.error(error);
    say(panel, "failed");
  }
}

/** @param {HTMLElement} panel */
function entryOf(panel) {
  if (!panel.dataset.index) return null;
  const shown = document.querySelectorAll("[data-field]");
  const fields = Object.fromEntries(
    Array.from(shown, (one) => [one.getAttribute("data-field"), one.getAttribute("data-value")]),
  );
  return { index: Number(panel.dataset.index), fields };
}

/** @param {string} path */
async function fetched(path) {
  const response = await fetch(`/api/record/${path}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** @param {HTMLElement} panel @param {string} check @param {string} state @param {string} [why] */
function show(panel, check, state, why = "") {
  const item = panel.querySelector(`[data-check="${check}"]`);
  if (!(item instanceof HTMLElement)) return;
  item.dataset.state = state;
  for (const text of item.querySelectorAll("[data-says]")) {
    text.toggleAttribute("hidden", text.getAttribute("data-says") !== state);
  }
  const detail = item.querySelector("[data-why]");
  if (detail) detail.textContent = state === "good" || state === "wait" ? "" : why;
}

/** @param {HTMLElement} panel @param {string} verdict */
function say(panel, verdict) {
  for (const text of panel.querySelectorAll("[data-verdict]")) {
    text.toggleAttribute("hidden", text.getAttribute("data-verdict") !== verdict);
  }
}

/** @param {HTMLFormElement} form */
async function verifyAll(form) {
  const button = form.querySelector("button");
  const bar = form.querySelector("progress");
  button?.setAttribute("disabled", "");
  bar?.removeAttribute("hidden");
  say(form, "");
  form.querySelector("[data-faults]")?.replaceChildren();
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (!response.ok || !response.body) throw new Error(String(response.status));
    for await (const step of lines(response.body)) {
      if (bar && step.done !== undefined && step.of) {
        bar.max = step.of;
        bar.value = step.done;
      }
      if (step.faults) showFaults(form, step);
    }
  } catch (error) {
    console.error(error);
    say(form, "failed");
  } finally {
    button?.removeAttribute("disabled");
    bar?.setAttribute("hidden", "");
  }
}

/** @param {HTMLFormElement} form @param {{faults: string[], more: number, of: number, seconds: number}} step */
function showFaults(form, step) {
  say(form, step.faults.length ? "bad" : "good");
  for (const slot of form.querySelectorAll("[data-count]")) slot.textContent = step.of.toLocaleString("en");
  for (const slot of form.querySelectorAll("[data-seconds]")) slot.textContent = step.seconds.toFixed(1);
  const list = form.querySelector("[data-faults]");
  for (const fault of step.faults) {
    const item = document.createElement("li");
    item.textContent = fault;
    list?.append(item);
  }
}

/** @param {ReadableStream<Uint8Array>} body */
async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}
