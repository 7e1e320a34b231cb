"""Ways in which observations come; one module a format."""
