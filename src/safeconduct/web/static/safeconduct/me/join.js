/** A phone that joins, or has left, keeps nothing of whoever it was before. A code in the address is filled in. */
import { forget } from "./keep.js";

const code = /** @type {HTMLInputElement | null} */ (document.getElementById("id_code"));
if (code && location.hash.length > 1) {
  code.value = decodeURIComponent(location.hash.slice(1));
  // It stays in no address that is kept.
  history.replaceState(null, "", location.pathname);
}

forget();
for (const name of await (globalThis.caches?.keys() ?? [])) if (name.startsWith("me-")) await caches.delete(name);
for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? []) if (one.scope.endsWith("/me/")) await one.unregister();
