/**
 * The live stream. News of an information class becomes a DOM event `sc:<class>` on the body, with `detail.refs`;
 * parts of the page that show that class fetch themselves anew: `hx-trigger="sc:alert from:body"`.
 * After a loss every class is told, so that all parts catch up.
 */
import { gather } from "./gather.js";

const PAUSE_MS = 300;
const SILENCE_MS = 40_000;
const { stream, classes } = document.body.dataset;

const tell = gather((kind, refs) => {
  document.body.dispatchEvent(new CustomEvent(`sc:${kind}`, { detail: { refs } }));
}, PAUSE_MS);

let lost = false;

/** @param {"live" | "lost"} state */
function show(state) {
  const place = document.getElementById("live-state");
  if (place && place.dataset.state !== state) {
    place.dataset.state = state;
    for (const word of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-says]")))
      word.hidden = word.dataset.says !== state;
  }
  const banner = document.getElementById("stream-lost");
  if (banner) banner.hidden = state === "live";
}

function catchUp() {
  for (const kind of (classes ?? "").split(" ")) tell(kind, null);
}

function listen() {
  const source = new EventSource(stream ?? "");
  let silence = 0;
  // A link may die without a word: a stream that does not even beat is taken for lost.
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      source.close();
      lost = true;
      show("lost");
      listen();
    }, SILENCE_MS);
  };
  source.onopen = () => {
    heard();
    show("live");
    if (lost) catchUp();
    lost = false;
  };
  source.onmessage = (message) => {
    heard();
    const { kind, ref } = JSON.parse(message.data);
    tell(kind, ref);
  };
  source.addEventListener("beat", () => heard());
  // The node says that too much was missed, or that this reader was too slow.
  source.addEventListener("reload", catchUp);
  source.onerror = () => {
    lost = true;
    show("lost");
    // A browser gives up for good when the answer is no stream (logged out, node restarting); try again by hand.
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(silence);
      setTimeout(listen, 3000);
    }
  };
}

if (stream) listen();
