"""Keeping the archive: questions to it, what is held in it as evidence, and what is deleted from it when."""
