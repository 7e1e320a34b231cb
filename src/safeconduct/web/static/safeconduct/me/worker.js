/**
 * The service worker of the person's page. It keeps the page's own files and a shell of the page that holds nothing about
 * anyone, shows the shell where there is no network, and sends what waits when the browser finds the network again.
 */
import * as keep from "./keep.js";
import { alone, drain, posted, token } from "./send.js";

const FILES = "me-files-";
const SHELL = "me-shell";
const PATIENCE_MS = 15_000;

/** @param {{ build: string, files: string[] }} what */
export function work({ build, files }) {
  const worker = /** @type {any} */ (self);
  worker.addEventListener("install", (event) => event.waitUntil(install(build, files).then(() => worker.skipWaiting())));
  worker.addEventListener("activate", (event) => event.waitUntil(tidy(build).then(() => worker.clients.claim())));
  worker.addEventListener("sync", (event) => event.waitUntil(send()));
  worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== location.origin) return;
    if (request.mode === "navigate" && pathname.startsWith("/me/")) event.respondWith(page(request));
    else if (files.includes(pathname)) event.respondWith(file(request));
  });
}

/** @param {string} build @param {string[]} files */
async function install(build, files) {
  await (await caches.open(FILES + build)).addAll(files);
}

/** @param {string} build */
async function tidy(build) {
  for (const name of await caches.keys()) if (name.startsWith(FILES) && name !== FILES + build) await caches.delete(name);
}

/** @param {Request} request */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** The page itself; the shell where no answer comes in time. @param {Request} request */
async function page(request) {
  const shell = async () => {
    const cache = await caches.open(SHELL);
    const [known] = await cache.keys();
    return known && cache.match(known);
  };
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const fetched = fetch(request);
  const soon = await Promise.race([fetched.catch(() => null), late]);
  return soon ?? (await shell()) ?? fetched;
}

async function send() {
  const key = await token();
  if (!key) return;
  const { items } = await alone(() => drain(keep, (one) => posted(one, key)));
  // The browser tries again later where this rejects.
  if (items.some((one) => !one.stuck)) throw new Error("something still waits");
}
