/** Sends what waits, one after the other, until nothing is due. Page and worker both do; the node takes each once. */
import { due, fresh, settle } from "./queue.js";

/**
 * @typedef {import("./queue.js").Item} Item
 * @typedef {{ change: (change: (items: Item[]) => Item[]) => Promise<Item[]> }} Store
 * @typedef {{ status: number }} Answer
 */

const MOST_AT_ONCE = 50;

/**
 * @param {Store} store @param {(one: Item) => Promise<Answer>} post an answer, or a rejection where there is no network
 * @param {() => number} clock
 * @returns {Promise<{ items: Item[], known: boolean, sent: Item[] }>} what still waits, whether the node knows this phone
 */
export async function drain(store, post, clock = Date.now) {
  let items = await store.change((now) => fresh(now, clock()));
  const sent = [];
  for (let turn = 0; turn < MOST_AT_ONCE; turn += 1) {
    const one = due(items, clock());
    if (!one) break;
    const status = await post(one).then((answer) => answer.status, () => 0);
    items = await store.change((now) => settle(now, one.id, status, clock()));
    if (status === 401) return { items, known: false, sent };
    if (!items.some((left) => left.id === one.id)) sent.push(one);
    else if (status === 0) break;
  }
  return { items, known: true, sent };
}

/** Where an item goes and what it says. @param {Item} one @returns {{ path: string, body: string }} */
export function letter(one) {
  return { path: `/me/${one.kind}/`, body: new URLSearchParams({ id: one.id, at: one.at, ...one.fields }).toString() };
}

/** @param {Item} one @param {string} token against forged requests @returns {Promise<Answer>} */
export function posted(one, token) {
  const { path, body } = letter(one);
  return fetch(path, {
    method: "POST",
    body,
    credentials: "same-origin",
    redirect: "error",
    headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token },
  });
}

/** The token that the node gave this browser; of a worker, where the browser lets workers read it. */
export async function token() {
  if (globalThis.cookieStore) return (await globalThis.cookieStore.get("csrftoken"))?.value ?? "";
  if (!globalThis.document) return "";
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** Only one of page and worker sends at a time, where the browser can see to it. @template T @param {() => Promise<T>} work */
export function alone(work) {
  return navigator.locks ? navigator.locks.request("me-queue", work) : work();
}
