"""The record: one Merkle log a node, of acts as commitments, that any C2SP tool verifies."""
