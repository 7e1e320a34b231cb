"""Who reads how much of what: unusual reading, decoys, and the limit beyond which no more is shown."""
