/** Gathers news of one kind: many within a short time become one, and the last is never lost. Without a page. */

/**
 * @param {(kind: string, refs: string[]) => void} tell called at most once a `pause` for each kind
 * @param {number} pauseMs
 * @param {(run: () => void, ms: number) => unknown} later
 * @returns {(kind: string, ref: string | null) => void}
 */
export function gather(tell, pauseMs, later = setTimeout) {
  /** @type {Map<string, Set<string>>} */
  const waiting = new Map();
  return (kind, ref) => {
    const known = waiting.get(kind);
    const refs = known ?? new Set();
    if (ref) refs.add(ref);
    if (known) return;
    waiting.set(kind, refs);
    later(() => {
      waiting.delete(kind);
      tell(kind, [...refs]);
    }, pauseMs);
  };
}
