"""Protected sites: their rings, gates, routes, exempt places, posts and sensors."""
