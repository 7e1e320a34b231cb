/** Where the phone keeps what waits to be sent: a database of the browser, which page and worker share. */

const NAME = "me";
const STORE = "queue";
const KEY = "items";

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/**
 * Change what waits, in one transaction: page and worker may do so at the same time.
 * @param {(items: import("./queue.js").Item[]) => import("./queue.js").Item[]} change
 * @returns {Promise<import("./queue.js").Item[]>} what waits now
 */
export async function change(change) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      const store = transaction.objectStore(STORE);
      const asked = store.get(KEY);
      /** @type {import("./queue.js").Item[]} */
      let now = [];
      asked.onsuccess = () => {
        now = change(asked.result ?? []);
        store.put(now, KEY);
      };
      transaction.oncomplete = () => resolve(now);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export function items() {
  return change((now) => now);
}

/** Forget everything: the person left, or the phone is not theirs any more. @returns {Promise<void>} */
export function forget() {
  return new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
  });
}
