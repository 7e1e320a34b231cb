"""A movement on its way: where it is, what deviates, whom its being overdue calls, and which post answers for it."""
