/**
 * A live part of a page is fetched anew while a person is typing in it. This keeps what was typed, what was opened and
 * where the caret stood, and says aloud what the part announces when it has changed.
 */

/** @typedef {{ typed: Map<string, string | boolean>, opened: string[], focus: string, caret: number | null, said: Map<string, string> }} Kept */

/** @type {Kept | null} */
let kept = null;

const FIELDS = "input[id]:not([type=hidden]), textarea[id], select[id]";

/** @param {Element} field */
function value(field) {
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio"))
    return field.checked === field.defaultChecked ? null : field.checked;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)
    return field.value === field.defaultValue ? null : field.value;
  if (field instanceof HTMLSelectElement)
    return [...field.options].some((one) => one.selected !== one.defaultSelected) ? field.value : null;
  return null;
}

/** @param {Element} field @param {string | boolean} given */
function put(field, given) {
  if (field instanceof HTMLInputElement && typeof given === "boolean") field.checked = given;
  else if ("value" in field) field.value = given;
}

/** @param {Element} part */
function sayings(part) {
  const found = new Map();
  for (const one of part.querySelectorAll("[data-announce][id]")) found.set(one.id, words(one));
  return found;
}

/** @param {Element} one */
function words(one) {
  return (one.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {Element} part @param {Element | null} sent the form that was just sent: its fields start anew */
function keep(part, sent) {
  const typed = new Map();
  for (const field of part.querySelectorAll(FIELDS)) {
    const given = sent?.contains(field) ? null : value(field);
    if (given !== null) typed.set(field.id, given);
  }
  const opened = [...part.querySelectorAll("details[id][open]")].filter((one) => !sent || !one.contains(sent));
  const active = document.activeElement;
  const inside = active instanceof HTMLElement && part.contains(active) ? active : null;
  return {
    typed,
    opened: opened.map((one) => one.id),
    focus: inside?.id ?? "",
    caret: inside instanceof HTMLInputElement || inside instanceof HTMLTextAreaElement ? caret(inside) : null,
    said: sayings(part),
  };
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
function caret(field) {
  try {
    return field.selectionStart;
  } catch {
    return null; // a field of numbers or times has none
  }
}

/** @param {Element} part @param {Kept} before */
function restore(part, before) {
  for (const id of before.opened) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, given] of before.typed) {
    const field = document.getElementById(id);
    if (field && part.contains(field)) put(field, given);
  }
  const focused = before.focus ? document.getElementById(before.focus) : null;
  if (focused && part.contains(focused)) {
    focused.focus({ preventScroll: true });
    if (before.caret !== null && (focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement))
      focused.setSelectionRange(before.caret, before.caret);
  }
  const place = document.getElementById("announce");
  for (const [id, said] of sayings(part)) if (place && before.said.get(id) !== said) place.textContent = said;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = /** @type {CustomEvent} */ (event).detail;
  const sent = requestConfig?.verb === "get" ? null : requestConfig?.elt;
  kept = target instanceof Element && target.id === "live" ? keep(target, sent?.closest?.("form") ?? null) : null;
});
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (kept && target instanceof Element && target.id === "live") restore(target, kept);
  kept = null;
});
