"""The accord in force: what the parties signed is the policy, and every answer names its article."""
