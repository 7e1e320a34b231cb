"""Incidents: one log that both parties write, each entry with its own marking and both of its times."""
