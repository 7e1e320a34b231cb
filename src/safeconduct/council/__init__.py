"""Council: which version of the accord is in force, who put it there, and what the data protection officer erases."""
