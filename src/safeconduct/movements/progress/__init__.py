"""A movement on its way: where it is, what deviates, who is called when it is overdue, and which post answers for it."""
