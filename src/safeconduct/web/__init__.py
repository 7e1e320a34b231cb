"""The face: pages, map, event stream and REST API."""
