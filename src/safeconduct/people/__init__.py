"""People: the users of a node and the roles that they are appointed to."""
