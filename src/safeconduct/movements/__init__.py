"""Movements: journey plans, two keys, sweeps, and the release gate that a movement passes to depart."""
