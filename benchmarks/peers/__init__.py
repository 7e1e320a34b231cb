"""What people use today to find vehicles that wait, beside the watch on the same rows."""
