"""The tables that the two pipelines stand on: labels (interned markings), the outbox, and the guard over all tables."""
