"""The icons of the pages: 24 by 24, drawn in the current colour. Shape carries the meaning beside colour and word."""

from __future__ import annotations

ICONS: dict[str, str] = {
    "mark": '<path d="M12 1 3 4.500v7C3 17 6.800 21.400 12 23c5.200-1.600 9-6 9-11.500v-7z" fill="currentColor"/>'
    '<path d="M6 16c3-1 3-7 6-7s3 6 6 5" fill="none" stroke="var(--surface)" stroke-width="2"/>',
    "critical": '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor"/>'
    '<path d="M12 6v8m0 2v2.500" stroke="var(--surface)" stroke-width="2.500" fill="none"/>',
    "alert": '<path d="M12 2 23 21H1z" fill="currentColor"/>'
    '<path d="M12 9v6m0 1.500V19" stroke="var(--surface)" stroke-width="2.200" fill="none"/>',
    "substantial": '<path d="M2 2h20v20H2z" fill="currentColor"/>'
    '<path d="M12 6v8m0 2v2.500" stroke="var(--surface)" stroke-width="2.500" fill="none"/>',
    "notice": '<circle cx="12" cy="12" r="8.500" fill="none" stroke="currentColor" stroke-width="3"/>',
    "yes": '<circle cx="12" cy="12" r="11" fill="currentColor"/>'
    '<path d="m6.500 12.500 3.500 3.500 7.500-8" stroke="var(--surface)" stroke-width="2.600" fill="none"/>',
    "no": '<path d="M1 1h22v22H1z" fill="currentColor"/>'
    '<path d="m7 7 10 10M17 7 7 17" stroke="var(--surface)" stroke-width="2.800" fill="none"/>',
    "unknown": '<path d="M12 1 23 12 12 23 1 12z" fill="none" stroke="currentColor" stroke-width="2"/>'
    '<path d="M9.300 9.300a2.700 2.700 0 1 1 3.700 2.500q-1 .5-1 2m0 1.700v2" '
    'stroke="currentColor" stroke-width="2" fill="none"/>',
    "stop": '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor"/>'
    '<path d="M6 12h12" stroke="var(--surface)" stroke-width="3.500"/>',
    "wait": '<circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="2.200"/>'
    '<path d="M12 6v6.500l4 2.500" stroke="currentColor" stroke-width="2.200" fill="none"/>',
    "go": '<path d="M4 12h14m-6-6 6.500 6-6.500 6" stroke="currentColor" stroke-width="2.800" fill="none"/>',
    "info": '<circle cx="12" cy="12" r="11" fill="currentColor"/>'
    '<path d="M12 10v8M12 5.500V8" stroke="var(--surface)" stroke-width="2.600"/>',
    "key": '<circle cx="7" cy="12" r="4.500" fill="none" stroke="currentColor" stroke-width="2.400"/>'
    '<path d="M11.500 12H22m-3 0v4m-4-4v3" stroke="currentColor" stroke-width="2.400" fill="none"/>',
    "person": '<circle cx="12" cy="7.500" r="4.500" fill="currentColor"/>'
    '<path d="M3 22c0-6 4-8.500 9-8.500s9 2.500 9 8.500z" fill="currentColor"/>',
    "unlinked": '<path d="M2 2 22 22M4 11a12 12 0 0 1 4-2.500M20 11a12 12 0 0 0-6-3M7.500 15a7 7 0 0 1 4-1.800" '
    'stroke="currentColor" stroke-width="2.400" fill="none"/>'
    '<circle cx="12" cy="19" r="2" fill="currentColor"/>',
    "sound": '<path d="M3 9v6h4l6 5V4L7 9z" fill="currentColor"/>'
    '<path d="M16.500 8a6 6 0 0 1 0 8" stroke="currentColor" stroke-width="2.200" fill="none"/>',
    "up": '<path d="M12 21V4m-7 7 7-7.500 7 7.500" stroke="currentColor" stroke-width="2.800" fill="none"/>',
}
"""Name to the inside of the `<svg>`."""

DIRECTED = frozenset({"go"})
"""Icons that point along the line of reading, and turn round in a right-to-left page."""
