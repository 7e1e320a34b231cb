"""Strategy: the measures that the host orders and the partner may ask for."""
