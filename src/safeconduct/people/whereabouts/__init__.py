"""Where people are, as coarse as each of them chose, and how many a site has."""

from safeconduct.people.whereabouts.acts import note, note_many

__all__ = ["note", "note_many"]
